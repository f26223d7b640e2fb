#include <cctype>

#include "base/text.h"
#include "delta/schema.h"

namespace pinflow::delta {
namespace {

using Kind = Type::Kind;

std::string quoted_name(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + "\"";
}

std::string_view simple_name(Kind kind) {
    switch (kind) {
        case Kind::string:
            return "VARCHAR";
        case Kind::long_:
            return "BIGINT";
        case Kind::integer:
            return "INTEGER";
        case Kind::short_:
            return "SMALLINT";
        case Kind::byte:
            return "TINYINT";
        case Kind::float_:
            return "FLOAT";
        case Kind::double_:
            return "DOUBLE";
        case Kind::boolean:
            return "BOOLEAN";
        case Kind::binary:
            return "BLOB";
        case Kind::date:
            return "DATE";
        case Kind::timestamp:
            return "TIMESTAMP WITH TIME ZONE";
        case Kind::timestamp_ntz:
            return "TIMESTAMP";
        default:
            return "";
    }
}

// Reads a type name as DuckDB prints it, from left to right.
class Parser {
  public:
    explicit Parser(std::string_view text) : all_(text), left_(text) {}

    Result<Type> whole() {
        PINFLOW_ASSIGN(Type type, next(0));
        if (!trim(left_).empty()) return broken();
        return type;
    }

  private:
    static constexpr int max_depth = 100;

    Result<Type> next(int depth) {
        if (depth > max_depth) return broken();
        PINFLOW_ASSIGN(Type type, plain(depth));
        while (take('[')) {
            while (!left_.empty() && std::isdigit(static_cast<unsigned char>(left_[0]))) left_.remove_prefix(1);
            if (!take(']')) return broken();
            Type array{.kind = Kind::array};
            array.children.push_back(std::move(type));
            type = std::move(array);
        }
        return type;
    }

    Result<Type> plain(int depth) {
        const std::string name = words();
        if (name == "STRUCT") return structure(depth);
        if (name == "MAP") return map(depth);
        if (name == "DECIMAL" || name == "NUMERIC") return decimal();
        for (int kind = 0; kind <= static_cast<int>(Kind::timestamp); ++kind) {
            const std::string_view known = simple_name(static_cast<Kind>(kind));
            if (!known.empty() && known == name) return Type{.kind = static_cast<Kind>(kind)};
        }
        if (name == "TIMESTAMPTZ") return Type{.kind = Kind::timestamp};
        if (name == "JSON" || name == "UUID" || name.starts_with("ENUM") || name == "TIME" || name == "INTERVAL") {
            return refuse(name, "VARCHAR");
        }
        if (name.starts_with("TIMESTAMP")) return refuse(name, "TIMESTAMPTZ");
        if (name == "UTINYINT") return refuse(name, "SMALLINT");
        if (name == "USMALLINT") return refuse(name, "INTEGER");
        if (name == "UINTEGER") return refuse(name, "BIGINT");
        if (name == "UBIGINT" || name == "HUGEINT" || name == "UHUGEINT")
            return refuse(name, "DECIMAL(38,0) or BIGINT");
        return refuse(name.empty() ? all_ : std::string_view(name), "another type");
    }

    Result<Type> structure(int depth) {
        Type type{.kind = Kind::structure};
        if (!take('(')) return broken();
        do {
            Column field;
            field.name = field_name();
            if (field.name.empty()) return broken();
            PINFLOW_ASSIGN(field.type, next(depth + 1));
            type.fields.push_back(std::move(field));
        } while (take(','));
        if (!take(')')) return broken();
        return type;
    }

    Result<Type> map(int depth) {
        Type type{.kind = Kind::map};
        if (!take('(')) return broken();
        PINFLOW_ASSIGN(Type key, next(depth + 1));
        if (!take(',')) return broken();
        PINFLOW_ASSIGN(Type value, next(depth + 1));
        if (!take(')')) return broken();
        type.children = {std::move(key), std::move(value)};
        return type;
    }

    Result<Type> decimal() {
        Type type{.kind = Kind::decimal, .precision = 18, .scale = 3};  // DuckDB's own defaults
        if (!take('(')) return type;
        const size_t end = left_.find(')');
        if (end == std::string_view::npos) return broken();
        const auto parts = split(left_.substr(0, end), ',');
        const auto precision = parse_int(trim(parts[0]));
        const auto scale = parts.size() > 1 ? parse_int(trim(parts[1])) : std::optional<int64_t>(0);
        if (!precision || !scale || *precision < 1 || *precision > 38 || *scale < 0 || *scale > *precision) {
            return broken();
        }
        left_.remove_prefix(end + 1);
        type.precision = static_cast<int>(*precision);
        type.scale = static_cast<int>(*scale);
        return type;
    }

    // "TIMESTAMP WITH TIME ZONE", up to the next bracket or comma; upper case.
    std::string words() {
        const size_t end = std::min(left_.find_first_of("([,)"), left_.size());
        std::string name(trim(left_.substr(0, end)));
        for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        left_.remove_prefix(end);
        return name;
    }

    std::string field_name() {
        left_ = trim(left_);
        std::string name;
        if (!left_.starts_with('"')) {
            const size_t end = std::min(left_.find(' '), left_.size());
            name = left_.substr(0, end);
            left_.remove_prefix(end);
            return name;
        }
        left_.remove_prefix(1);
        while (!left_.empty()) {
            const char c = left_[0];
            left_.remove_prefix(1);
            if (c == '"' && !left_.starts_with('"')) return name;
            if (c == '"') left_.remove_prefix(1);
            name += c;
        }
        return "";
    }

    bool take(char c) {
        left_ = trim(left_);
        if (!left_.starts_with(c)) return false;
        left_.remove_prefix(1);
        return true;
    }

    std::unexpected<Error> broken() const { return fail(Code::invalid, "'{}' is not a DuckDB type", all_); }
    std::unexpected<Error> refuse(std::string_view name, std::string_view instead) const {
        return fail(Code::unsupported, "Delta tables have no type for {}: cast it to {}", name, instead);
    }

    std::string_view all_;
    std::string_view left_;
};

}  // namespace

std::string duckdb_type(const Type& type) {
    switch (type.kind) {
        case Kind::array:
            return duckdb_type(type.children[0]) + "[]";
        case Kind::map:
            return fmt::format("MAP({}, {})", duckdb_type(type.children[0]), duckdb_type(type.children[1]));
        case Kind::decimal:
            return fmt::format("DECIMAL({},{})", type.precision, type.scale);
        case Kind::structure: {
            std::string fields;
            for (const Column& field : type.fields) {
                fields += fmt::format("{}{} {}", fields.empty() ? "" : ", ", quoted_name(field.name),
                                      duckdb_type(field.type));
            }
            return fmt::format("STRUCT({})", fields);
        }
        default:
            return std::string(simple_name(type.kind));
    }
}

Result<Type> type_from_duckdb(std::string_view name) {
    return Parser(name).whole();
}

}  // namespace pinflow::delta
