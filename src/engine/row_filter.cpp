#include "engine/row_filter.h"

#include "engine/handles.h"

namespace pinflow::engine {
namespace {

using Filters = Database::Handle::RowFilters;

class Registered final : public RegisteredFilter {
  public:
    Registered(std::shared_ptr<Filters> filters, std::shared_ptr<const RowFilter> filter)
        : filters_(std::move(filters)), id_(filters_->add(std::move(filter))) {}
    Registered(const Registered&) = delete;
    Registered& operator=(const Registered&) = delete;
    ~Registered() override { filters_->remove(id_); }
    uint64_t id() const override { return id_; }

  private:
    std::shared_ptr<Filters> filters_;
    uint64_t id_;
};

void destroy(void* value) {
    const std::unique_ptr<std::shared_ptr<Filters>> owner(static_cast<std::shared_ptr<Filters>*>(value));
}

// As a rule all cells point to one text.
bool is_same(std::string_view a, std::string_view b) {
    return (a.data() == b.data() && a.size() == b.size()) || a == b;
}

// The rows of one chunk come from few files, as a rule from one: they are handed on in runs of one file.
Result<> keep_rows(const RowFilter& filter, duckdb_vector files, std::span<const int64_t> rows, bool* kept) {
    size_t begin = 0;
    while (begin < rows.size()) {
        const std::string_view file = as_text(bytes_at(files, begin));
        size_t end = begin + 1;
        while (end < rows.size() && is_same(as_text(bytes_at(files, end)), file)) ++end;
        PINFLOW_TRY(filter.keep(file, rows.subspan(begin, end - begin), kept + begin));
        begin = end;
    }
    return {};
}

void call(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
    const size_t count = duckdb_data_chunk_get_size(input);
    if (count == 0) return;
    auto& filters = *static_cast<std::shared_ptr<Filters>*>(duckdb_scalar_function_get_extra_info(info));
    const auto* ids = static_cast<const int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 0)));
    const auto filter = filters->find(static_cast<uint64_t>(ids[0]));
    if (filter == nullptr) return duckdb_scalar_function_set_error(info, "there is no such row filter");
    const auto* rows = static_cast<const int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 2)));
    const auto outcome = keep_rows(*filter, duckdb_data_chunk_get_vector(input, 1), {rows, count},
                                   static_cast<bool*>(duckdb_vector_get_data(output)));
    if (!outcome) duckdb_scalar_function_set_error(info, outcome.error().message.c_str());
}

Result<> register_function(Database::Handle& database, duckdb_connection connection) {
    const std::scoped_lock lock(database.registering);
    if (database.row_filters != nullptr) return {};
    auto filters = std::make_shared<Filters>();
    duckdb_scalar_function function = duckdb_create_scalar_function();
    duckdb_scalar_function_set_name(function, "pinflow_kept");
    for (const duckdb_type type : {DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_BIGINT}) {
        duckdb_scalar_function_add_parameter(function, OwnedType(duckdb_create_logical_type(type)).get());
    }
    duckdb_scalar_function_set_return_type(function, OwnedType(duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN)).get());
    duckdb_scalar_function_set_extra_info(function, std::make_unique<std::shared_ptr<Filters>>(filters).release(),
                                          destroy);
    duckdb_scalar_function_set_function(function, call);
    const auto state = duckdb_register_scalar_function(connection, function);
    duckdb_destroy_scalar_function(&function);
    if (state != DuckDBSuccess) return fail(Code::internal, "DuckDB does not take the function pinflow_kept");
    database.row_filters = std::move(filters);
    return {};
}

}  // namespace

Result<std::shared_ptr<const RegisteredFilter>> register_row_filter(Connection& connection,
                                                                    std::shared_ptr<const RowFilter> filter) {
    auto& database = connection.handle().database->handle();
    PINFLOW_TRY(register_function(database, connection.handle().connection));
    return std::make_shared<const Registered>(database.row_filters, std::move(filter));
}

}  // namespace pinflow::engine
