#include "emulator/known_rows.h"

#include <string>
#include <unordered_map>

#include "base/text.h"
#include "emulator/python_json.h"
#include "real_rows.h"

namespace pinflow::emulator {
namespace {

struct KnownRows {
    std::unordered_map<int64_t, std::string> by_index;
    std::vector<int64_t> order;
};

// `row` starts with the index: {"ind": 7528, …
int64_t index_of(std::string_view row) {
    const size_t from = row.find(": ") + 2;
    return parse_int(row.substr(from, row.find(',') - from)).value_or(-1);
}

KnownRows read_rows(std::string_view lines) {
    KnownRows rows;
    for (const std::string_view line : split(lines, '\n')) {
        auto row = to_python_json(line);
        if (!row) continue;  // the empty piece behind the last line; a test counts the rows
        const int64_t index = index_of(*row);
        rows.order.push_back(index);
        rows.by_index.emplace(index, std::move(*row));
    }
    return rows;
}

const KnownRows& rows_of(Kind kind) {
    static const std::array<KnownRows, 3> all{read_rows(real_pin), read_rows(real_geo), read_rows(real_user)};
    return all[static_cast<size_t>(kind)];
}

}  // namespace

std::string_view known_row(Kind kind, int64_t n) {
    const auto& rows = rows_of(kind).by_index;
    const auto found = rows.find(n);
    return found == rows.end() ? std::string_view{} : std::string_view{found->second};
}

std::vector<int64_t> known_indexes() {
    return rows_of(Kind::pin).order;
}

}  // namespace pinflow::emulator
