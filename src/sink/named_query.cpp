#include "sink/named_query.h"

#include <set>

#include "base/toml_reader.h"
#include "delta/schema.h"
#include "engine/connection.h"

namespace pinflow::sink {
namespace {

using engine::quote_name;

// A set of captures under one `from`, and the tables that exist for it.
struct Choice {
    std::string from;
    Captures captures;
    std::map<std::string, std::string> tables;  // by kind
};

struct Query {
    const Declaration* pipeline;
    const QueryDeclaration* query;
};

Result<Query> find_query(const Pipelines& pipelines, const std::string& name) {
    std::vector<std::string> names;
    for (const Declaration& pipeline : pipelines.declarations()) {
        for (const QueryDeclaration& query : pipeline.queries) {
            if (query.name == name || pipeline.name + "." + query.name == name) return Query{&pipeline, &query};
            names.push_back(query.name);
        }
    }
    const std::string near = nearest(name, names);
    return fail(Code::not_found, "there is no query {}{}; there are {}", name,
                near.empty() ? "" : fmt::format(": did you mean {}?", near), fmt::join(names, ", "));
}

std::vector<Choice> choices_of(const Pipelines& pipelines, const Query& query,
                               const std::vector<std::string>& clean_tables) {
    std::vector<Choice> choices;
    for (const std::string& table : clean_tables) {
        for (const Target& target : pipelines.makers(table)) {
            if (target.pipeline != query.pipeline) continue;
            auto known = std::ranges::find_if(choices, [&](const Choice& choice) {
                return choice.from == target.source->from && choice.captures == target.captures;
            });
            if (known == choices.end())
                known = choices.insert(choices.end(), {target.source->from, target.captures, {}});
            known->tables[target.plan->declaration.kind] = table;
        }
    }
    return choices;
}

std::string describe(const Captures& captures) {
    std::string text;
    for (const auto& [name, value] : captures) text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
    return text;
}

std::string list(const std::vector<Choice>& choices) {
    std::set<std::string> texts;
    for (const Choice& choice : choices) {
        texts.insert(describe(choice.captures) + (choice.from.empty() ? "" : " from=" + choice.from));
    }
    return fmt::format("{}", fmt::join(texts, "; "));
}

std::vector<std::string> labels(const Declaration& pipeline) {
    std::vector<std::string> labels;
    for (const auto& table : pipeline.tables) {
        for (const auto& source : table.sources) {
            if (!source.from.empty() && std::ranges::find(labels, source.from) == labels.end())
                labels.push_back(source.from);
        }
    }
    return labels;
}

Result<> check_parameters(const Query& query, const std::map<std::string, std::string>& parameters) {
    std::vector<std::string> known;
    for (const auto& table : query.pipeline->tables) {
        for (const auto& source : table.sources) {
            for (const auto& name : source.table.names()) {
                if (std::ranges::find(known, name) == known.end()) known.push_back(name);
            }
        }
    }
    const auto from = labels(*query.pipeline);
    if (!from.empty()) known.emplace_back("from");
    for (const auto& [name, value] : parameters) {
        if (std::ranges::find(known, name) == known.end()) {
            return fail(Code::invalid, "{} has no parameter {}: {}", query.query->name, name,
                        known.empty() ? "it takes none" : fmt::format("there are {}", fmt::join(known, ", ")));
        }
        if (name == "from" && std::ranges::find(from, value) == from.end()) {
            return fail(Code::invalid, "from={} is not one of {}", value, fmt::join(from, ", "));
        }
    }
    return {};
}

// Every {kind} becomes what `relation` says of it.
template <class Relation>
std::string fill_in(const QueryDeclaration& query, const Relation& relation) {
    std::string sql = query.sql;
    for (const std::string& kind : query.kinds) {
        const std::string placeholder = "{" + kind + "}";
        const std::string text = relation(kind);
        for (size_t at = sql.find(placeholder); at != std::string::npos; at = sql.find(placeholder, at + text.size()))
            sql.replace(at, placeholder.size(), text);
    }
    return sql;
}

// A table as the query will find it, without rows.
std::string empty_table(const TablePlan& plan) {
    std::string columns;
    for (const auto& column : plan.clean_schema.columns) {
        columns += fmt::format("{}NULL::{} AS {}", columns.empty() ? "" : ", ", delta::duckdb_type(column.type),
                               quote_name(column.name));
    }
    return fmt::format("(SELECT {} WHERE false)", columns);
}

}  // namespace

Result<std::string> resolve_query(const Pipelines& pipelines, const std::vector<std::string>& clean_tables,
                                  const std::string& name, const std::map<std::string, std::string>& parameters) {
    PINFLOW_ASSIGN(const Query query, find_query(pipelines, name));
    PINFLOW_TRY(check_parameters(query, parameters));
    const auto all = choices_of(pipelines, query, clean_tables);
    const auto from_labels = labels(*query.pipeline);
    const auto given = parameters.find("from");
    const std::string from = given != parameters.end() ? given->second : from_labels.empty() ? "" : from_labels.front();
    std::vector<Choice> fitting;
    for (const Choice& choice : all) {
        const bool fits = choice.from == from && std::ranges::all_of(parameters, [&](const auto& parameter) {
                              const auto value = choice.captures.find(parameter.first);
                              return parameter.first == "from" ||
                                     (value != choice.captures.end() && value->second == parameter.second);
                          });
        if (fits) fitting.push_back(choice);
    }
    if (fitting.empty()) {
        return fail(Code::not_found, "{}: no such tables{}; {}", name, from.empty() ? "" : " from " + from,
                    all.empty() ? "there are none yet: post some records first" : "there are " + list(all));
    }
    if (fitting.size() > 1) return fail(Code::invalid, "{}: say which: {}", name, list(fitting));
    for (const std::string& kind : query.query->kinds) {
        if (fitting[0].tables.contains(kind)) continue;
        return fail(Code::not_found,
                    "{} needs the {} table of {}, which does not exist yet: nothing was posted to its topic", name,
                    kind, list(fitting));
    }
    // The newest row of each key, or all rows where there is no key.
    return fill_in(*query.query,
                   [&](const std::string& kind) { return "newest." + quote_name(fitting[0].tables.at(kind)); });
}

Result<> check_queries(const Declaration& pipeline, std::span<const TablePlan> plans, engine::Database& database) {
    if (pipeline.queries.empty()) return {};
    PINFLOW_ASSIGN(engine::Connection connection, database.connect());
    for (const QueryDeclaration& query : pipeline.queries) {
        const std::string sql = fill_in(query, [&](const std::string& kind) {
            return empty_table(*std::ranges::find(plans, kind, [](const auto& plan) { return plan.declaration.kind; }));
        });
        const auto names = connection.table_names(sql);
        if (names && !names->empty()) continue;  // tables beside its own, which may not be there yet
        const auto statement = connection.prepare(sql);
        if (!statement) return fail(Code::invalid, "{}: {}", query.file.string(), statement.error().message);
    }
    return {};
}

}  // namespace pinflow::sink
