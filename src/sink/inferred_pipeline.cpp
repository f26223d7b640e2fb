#include "sink/inferred_pipeline.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "engine/connection.h"
#include "sink/inferred_checks.h"

namespace pinflow::sink {
namespace {

using engine::FieldType;

// Delta's readers refuse some characters in names.
std::string column_name(std::string_view field) {
    std::string name(field);
    for (char& c : name)
        if (std::string_view(" ,;{}()=\n\t").contains(c)) c = '_';
    return name;
}

std::string toml_key(std::string_view name) {
    const auto is_bare = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    return !name.empty() && std::ranges::all_of(name, is_bare) ? std::string(name) : json_string(name);
}

// What a reader of the declaration wants to know of a field; behind a # at the end of its line.
std::string remark(const InferredField& field, size_t rows) {
    const FieldFacts& facts = *field.facts;
    std::vector<std::string> parts;
    const size_t unknown = rows - field.known;
    if (unknown == rows)
        parts.emplace_back("nothing in any row of the sample");
    else
        parts.push_back(unknown == 0 ? "always there" : fmt::format("unknown in {}", share(unknown, rows)));
    if (field.misfits > 0)
        parts.push_back(fmt::format("{} of another type{}", share(field.misfits, rows),
                                    field.misfit.empty() ? "" : ", as " + field.misfit));
    if (facts.least && field.type != FieldType::text)
        parts.push_back(fmt::format("{} to {}", *facts.least, *facts.most));
    if (field.type == FieldType::text || field.type == FieldType::timestamp) {
        const Shape shape = field.type == FieldType::text ? Shape::text : Shape::time;
        if (!facts.of(shape).examples.empty()) parts.push_back("as " + facts.of(shape).examples.front());
    }
    return fmt::format("{}", fmt::join(parts, "; "));
}

std::string input_line(const InferredField& field, size_t rows) {
    std::string line = toml_key(field.facts->name) + " = ";
    const bool lists_texts = field.casts || (field.type == FieldType::text && !field.nothing.empty());
    if (lists_texts) {
        std::vector<std::string> texts;
        for (const std::string& text : field.nothing) texts.push_back(json_string(text));
        line += fmt::format("{{ type = \"text\", null = [{}] }}", fmt::join(texts, ", "));
    } else {
        line += fmt::format("\"{}\"", type_name(field.type));
    }
    return fmt::format("{:<39} # {}\n", line, remark(field, rows));
}

std::string_view sql_type(FieldType type) {
    switch (type) {
        case FieldType::bigint:
            return "BIGINT";
        case FieldType::double_:
            return "DOUBLE";
        case FieldType::boolean:
            return "BOOLEAN";
        default:
            return "TIMESTAMPTZ";
    }
}

std::string select_line(const InferredField& field) {
    const std::string name = engine::quote_name(field.facts->name);
    const std::string column = engine::quote_name(column_name(field.facts->name));
    if (field.casts) return fmt::format("    try_cast({} AS {}) AS {}", name, sql_type(field.type), column);
    return name == column ? "    " + name : fmt::format("    {} AS {}", name, column);
}

// Fields that read_declaration() would refuse.
std::vector<InferredField> usable(const Inference& sample, std::vector<std::string>& left_out) {
    std::vector<InferredField> fields;
    for (const FieldFacts& facts : sample.fields) {
        const auto same = [&](const InferredField& other) {
            return equals_ignoring_case(column_name(other.facts->name), column_name(facts.name));
        };
        const auto rival = std::ranges::find_if(fields, same);
        if (facts.name.empty() || facts.name.starts_with('_'))
            left_out.push_back(json_string(facts.name) + ": names that begin with _ are Pinflow's own");
        else if (rival != fields.end())
            left_out.push_back(fmt::format("{}: SQL cannot tell it from {}", json_string(facts.name),
                                           json_string(rival->facts->name)));
        else
            fields.push_back(infer_field(facts));
    }
    if (sample.passed_over > 0)
        left_out.push_back(fmt::format("fields behind the first {}: {} values were passed over", Inference::most_fields,
                                       sample.passed_over));
    return fields;
}

std::string heading(const Inference& sample, const std::string& topic) {
    std::string text = fmt::format(
        "# Inferred from {} records of {} ({} rows): a start to be read and changed. What is said behind # holds for\n"
        "# that sample. Try it with: pinflow check FOLDER --sample FILE. The format of this file: docs/pipelines.md.\n",
        sample.records, topic, sample.rows);
    if (sample.unreadable > 0)
        text += fmt::format("# {} of the records are no JSON objects and would be quarantined, as {}\n",
                            sample.unreadable, json_string(sample.unreadable_example));
    return text;
}

}  // namespace

Result<InferredPipeline> infer_pipeline(const Inference& sample, const std::string& name, const std::string& topic) {
    InferredPipeline made{.sql_file = name + ".sql"};
    made.fields = usable(sample, made.left_out);
    if (sample.records == 0) return fail(Code::invalid, "nothing to infer from: {} has no records yet", topic);
    if (made.fields.empty())
        return fail(Code::invalid, "nothing to infer from: {} records, of which {} are no JSON objects", sample.records,
                    sample.unreadable);
    std::string inputs, columns;
    for (const InferredField& field : made.fields) {
        inputs += input_line(field, sample.rows);
        columns += (columns.empty() ? "" : ",\n") + select_line(field);
    }
    for (const std::string& each : made.left_out) inputs += "# left out: " + each + "\n";
    made.toml = heading(sample, topic);
    made.toml += fmt::format("name = \"{0}\"\n\n[table.{0}]\nclean = \"{1}\"\n", name, made.sql_file);
    made.toml += key_line(made.fields, sample.rows, column_name);
    made.toml += fmt::format("sources = [{{ topic = {}, table = \"{}\" }}]\n\n[table.{}.input]\n", json_string(topic),
                             name, name);
    made.toml += inputs;
    for (const Check& check : suggested_checks(made.fields, sample.rows, column_name)) made.toml += check.toml(name);
    made.sql =
        "-- One row of the table for each row of the input; what must not be stored is an expectation's to say.\n"
        "SELECT\n" +
        columns + "\nFROM input\n";
    return made;
}

}  // namespace pinflow::sink
