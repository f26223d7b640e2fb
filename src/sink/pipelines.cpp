#include "sink/pipelines.h"

#include <set>

#include "base/disk.h"
#include "sink/named_query.h"

namespace pinflow::sink {
namespace {

// Folders with a pipeline.toml: the folder itself, or those in it.
std::vector<std::filesystem::path> pipeline_folders(const std::filesystem::path& folder) {
    std::error_code ignored;
    if (std::filesystem::exists(folder / "pipeline.toml", ignored)) return {folder};
    std::vector<std::filesystem::path> folders;
    const auto entries = posix_disk().list(folder);
    if (!entries) return folders;  // the same as none
    for (const auto& entry : *entries) {
        const auto path = folder / entry.name;
        if (std::filesystem::exists(path / "pipeline.toml", ignored)) folders.push_back(path);
    }
    std::ranges::sort(folders);
    return folders;
}

bool is_table_name(std::string_view name) {
    return name != "." && name != ".." && name.size() <= 249;
}

}  // namespace

Result<std::shared_ptr<const Pipelines>> Pipelines::load(const std::vector<std::filesystem::path>& folders,
                                                         engine::Database& database) {
    std::vector<Declaration> declarations;
    for (const auto& folder : folders) {
        const auto found = pipeline_folders(folder);
        if (found.empty()) {
            return fail(Code::not_found, "{}: no pipeline there: a pipeline is a folder with a pipeline.toml",
                        folder.string());
        }
        for (const auto& pipeline : found) {
            PINFLOW_ASSIGN(Declaration declaration, read_declaration(pipeline));
            declarations.push_back(std::move(declaration));
        }
    }
    return from(std::move(declarations), database);
}

Result<std::shared_ptr<const Pipelines>> Pipelines::from(std::vector<Declaration> declarations,
                                                         engine::Database& database) {
    auto pipelines = std::make_shared<Pipelines>();
    pipelines->declarations_ = std::move(declarations);
    std::set<std::string> names;
    for (const Declaration& pipeline : pipelines->declarations_) {
        if (!names.insert(pipeline.name).second) {
            return fail(Code::invalid, "{}: there is another pipeline named {}", pipeline.folder.string(),
                        pipeline.name);
        }
        for (const TableDeclaration& table : pipeline.tables) {
            PINFLOW_ASSIGN(TablePlan plan, plan_table(pipeline, table, database));
            pipelines->plans_.push_back(std::move(plan));
        }
        PINFLOW_TRY(check_queries(pipeline, std::span(pipelines->plans_).last(pipeline.tables.size()), database));
    }
    return pipelines;
}

template <class Visit>
void Pipelines::for_each_source(Visit&& visit) const {
    size_t number = 0;
    for (const Declaration& pipeline : declarations_) {
        for (const TableDeclaration& table : pipeline.tables) {
            for (const Source& source : table.sources) visit(pipeline, plans_[number], source);
            ++number;
        }
    }
}

bool Pipelines::may_auto_create(std::string_view stream) const {
    bool may = false;
    for_each_source([&](const Declaration&, const TablePlan&, const Source& source) {
        may = may || (source.is_stream && source.topic.match(stream));
    });
    return may;
}

std::vector<Target> Pipelines::targets(std::string_view topic) const {
    std::vector<Target> targets;
    for_each_source([&](const Declaration& pipeline, const TablePlan& plan, const Source& source) {
        if (!source.record_keys.empty()) return;
        auto captures = source.topic.match(topic);
        if (!captures) return;
        std::string table = source.table.fill(*captures);
        if (!is_table_name(table)) return;
        targets.push_back({&pipeline, &plan, &source, std::move(table), std::move(*captures)});
    });
    return targets;
}

bool Pipelines::has_keyed_sources(std::string_view topic) const {
    bool has = false;
    for_each_source([&](const Declaration&, const TablePlan&, const Source& source) {
        has = has || (!source.record_keys.empty() && source.topic.match(topic));
    });
    return has;
}

std::vector<Target> Pipelines::keyed_targets(std::string_view topic, std::string_view key) const {
    std::vector<Target> targets;
    for_each_source([&](const Declaration& pipeline, const TablePlan& plan, const Source& source) {
        if (source.record_keys.empty()) return;
        auto captures = source.topic.match(topic);
        if (!captures) return;
        for (const Pattern& pattern : source.record_keys) {
            auto from_key = pattern.match(key);
            if (!from_key) continue;
            captures->merge(*from_key);
            std::string table = source.table.fill(*captures);
            if (is_table_name(table))
                targets.push_back({&pipeline, &plan, &source, std::move(table), std::move(*captures)});
            return;
        }
    });
    return targets;
}

std::vector<Target> Pipelines::makers(std::string_view table) const {
    std::vector<Target> targets;
    for_each_source([&](const Declaration& pipeline, const TablePlan& plan, const Source& source) {
        auto captures = source.table.match(table);
        if (captures) targets.push_back({&pipeline, &plan, &source, std::string(table), std::move(*captures)});
    });
    return targets;
}

}  // namespace pinflow::sink
