#include "engine/parquet_file.h"

#include "engine/parquet_numbers.h"
#include "engine/parquet_stats.h"
#include "engine/thrift_writer.h"

namespace pinflow::engine {
namespace {

constexpr std::string_view magic = "PAR1";

parquet::Codec codec_of(bool compressed, Compression compression) {
    if (!compressed) return parquet::uncompressed;
    return compression == Compression::zstd ? parquet::zstd : parquet::snappy;
}

}  // namespace

ParquetFileEncoder::ParquetFileEncoder(const std::vector<ParquetColumn>& columns, const ParquetOptions& options)
    : columns_(columns), options_(options) {
    for (const ParquetColumn& column : columns) encoders_.emplace_back(column, options.compression);
}

void ParquetFileEncoder::begin(const std::filesystem::path& path) {
    output_.begin(path);
    failed_.reset();
    row_count_ = 0;
    group_rows_ = 0;
    groups_.clear();
    for (ColumnEncoder& encoder : encoders_) encoder.clear();
}

bool ParquetFileEncoder::add(duckdb_data_chunk chunk) {
    const size_t rows = duckdb_data_chunk_get_size(chunk);
    size_t buffered = 0;
    for (size_t i = 0; i < encoders_.size(); ++i) {
        encoders_[i].add(duckdb_data_chunk_get_vector(chunk, i), rows);
        buffered += encoders_[i].buffered_bytes();
    }
    row_count_ += static_cast<int64_t>(rows);
    group_rows_ += static_cast<int64_t>(rows);
    return (group_rows_ < options_.row_group_rows && buffered < options_.row_group_bytes) || end_row_group();
}

bool ParquetFileEncoder::succeeded(Result<> outcome) {
    if (!outcome) failed_ = std::move(outcome.error());
    return !failed_;
}

bool ParquetFileEncoder::end_row_group() {
    if (group_rows_ == 0) return true;
    RowGroup group{.chunks = {}, .rows = group_rows_};
    std::vector<Bytes> pieces;
    if (groups_.empty()) pieces.push_back(as_bytes(magic));
    uint64_t position = output_.size_bytes() + (groups_.empty() ? magic.size() : 0);
    for (ColumnEncoder& encoder : encoders_) {
        group.chunks.push_back({encoder.finish(), position});
        for (const std::string_view part : {encoder.dictionary(), encoder.pages()}) {
            position += part.size();
            if (!part.empty()) pieces.push_back(as_bytes(part));
        }
    }
    if (!succeeded(output_.append(pieces))) return false;
    for (ColumnEncoder& encoder : encoders_) encoder.clear();
    groups_.push_back(std::move(group));
    group_rows_ = 0;
    return true;
}

bool ParquetFileEncoder::finish() {
    if (!end_row_group()) return false;
    if (row_count_ == 0) return true;
    ByteBuffer end = footer();
    end.append_value(static_cast<uint32_t>(end.size()));
    end.append(magic);
    const Bytes bytes = as_bytes(end.view());
    return succeeded(output_.append({&bytes, 1})) && succeeded(output_.finish());
}

void ParquetFileEncoder::write_chunk(ThriftWriter& footer, const Chunk& chunk, const ParquetColumn& column) const {
    const ChunkFacts& facts = chunk.facts;
    footer.begin();
    footer.i64(2, static_cast<int64_t>(chunk.position));
    footer.begin_struct(3);
    footer.i32(1, static_cast<int32_t>(column.physical()));
    std::vector<int32_t> encodings{parquet::rle};
    if (facts.has_plain || facts.has_dictionary) encodings.push_back(parquet::plain);  // a dictionary page is plain
    if (facts.has_dictionary) encodings.push_back(parquet::rle_dictionary);
    footer.begin_i32_list(2, encodings.size());
    for (const int32_t encoding : encodings) footer.i32_element(encoding);
    const auto path = column.path();
    footer.begin_text_list(3, path.size());
    for (const std::string& part : path) footer.text_element(part);
    footer.i32(4, codec_of(facts.compressed, options_.compression));
    footer.i64(5, facts.value_count);
    footer.i64(6, static_cast<int64_t>(facts.uncompressed_bytes));
    footer.i64(7, static_cast<int64_t>(facts.dictionary_bytes + facts.page_bytes));
    footer.i64(9, static_cast<int64_t>(chunk.position + facts.dictionary_bytes));
    if (facts.has_dictionary) footer.i64(11, static_cast<int64_t>(chunk.position));
    if (!column.list) {
        footer.begin_struct(12);
        footer.i64(3, facts.null_count);
        if (const auto bounds = facts.bounds.encoded(column.type)) {
            footer.text(5, bounds->greatest);
            footer.text(6, bounds->least);
        }
        footer.end();
    }
    footer.end();
    footer.end();
}

void ParquetFileEncoder::write_row_group(ThriftWriter& footer, const RowGroup& group) const {
    int64_t uncompressed_bytes = 0;
    int64_t stored_bytes = 0;
    footer.begin();
    footer.begin_struct_list(1, group.chunks.size());
    for (size_t i = 0; i < group.chunks.size(); ++i) {
        write_chunk(footer, group.chunks[i], columns_[i]);
        const ChunkFacts& facts = group.chunks[i].facts;
        uncompressed_bytes += static_cast<int64_t>(facts.uncompressed_bytes);
        stored_bytes += static_cast<int64_t>(facts.dictionary_bytes + facts.page_bytes);
    }
    footer.i64(2, uncompressed_bytes);
    footer.i64(3, group.rows);
    footer.i64(5, static_cast<int64_t>(group.chunks.front().position));
    footer.i64(6, stored_bytes);
    footer.end();
}

ByteBuffer ParquetFileEncoder::footer() const {
    ByteBuffer bytes;
    ThriftWriter footer(bytes);
    footer.begin();
    footer.i32(1, 1);
    write_schema(footer, columns_);
    footer.i64(3, row_count_);
    footer.begin_struct_list(4, groups_.size());
    for (const RowGroup& group : groups_) write_row_group(footer, group);
    footer.text(6, "pinflow version " PINFLOW_VERSION);
    footer.begin_struct_list(7, columns_.size());  // column_orders: bounds are in the order of the type
    for (size_t i = 0; i < columns_.size(); ++i) {
        footer.begin();
        footer.empty_struct(1);
        footer.end();
    }
    footer.end();
    return bytes;
}

std::string ParquetFileEncoder::stats_json() const {
    std::vector<ColumnStats> stats;
    for (size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].list) continue;
        ColumnStats column{.name = columns_[i].name};
        ValueBounds bounds;
        int64_t nulls = 0;
        for (const RowGroup& group : groups_) {
            nulls += group.chunks[i].facts.null_count;
            bounds.merge(group.chunks[i].facts.bounds);
        }
        column.null_count = std::to_string(nulls);
        std::tie(column.least, column.greatest) = bounds.json(columns_[i].type);
        stats.push_back(std::move(column));
    }
    return delta_stats(row_count_, stats);
}

}  // namespace pinflow::engine
