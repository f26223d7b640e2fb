// All pipelines that are loaded: which table a topic feeds, which SQL makes it, which questions have a name.
// Immutable once loaded; shared by threads.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/database.h"
#include "sink/declaration.h"
#include "sink/table_plan.h"

namespace pinflow::sink {

// One table that records of a topic (or, with record keys, some of them) make.
struct Target {
    const Declaration* pipeline = nullptr;
    const TablePlan* plan = nullptr;
    const Source* source = nullptr;
    std::string table;
    Captures captures;
};

class Pipelines {
  public:
    // Every folder is one pipeline, or holds pipelines in its folders. The SQL is planned once with `database` to find
    // its columns and mistakes. invalid names file, line and reason.
    static Result<std::shared_ptr<const Pipelines>> load(const std::vector<std::filesystem::path>& folders,
                                                         engine::Database& database);
    static Result<std::shared_ptr<const Pipelines>> from(std::vector<Declaration> declarations,
                                                         engine::Database& database);

    // May a PutRecord to this unknown stream create it?
    bool may_auto_create(std::string_view stream) const;
    // Targets of every record of the topic.
    std::vector<Target> targets(std::string_view topic) const;
    bool has_keyed_sources(std::string_view topic) const;
    // Targets of the topic's records with this key, by sources that look at keys.
    std::vector<Target> keyed_targets(std::string_view topic, std::string_view key) const;

    const std::vector<Declaration>& declarations() const { return declarations_; }
    const std::vector<TablePlan>& plans() const { return plans_; }
    // The declaration and captures of a table by its name; nothing if no source makes such a name.
    std::vector<Target> makers(std::string_view table) const;

  private:
    template <class Visit>
    void for_each_source(Visit&& visit) const;

    std::vector<Declaration> declarations_;
    std::vector<TablePlan> plans_;  // of all tables of all declarations, in order
};

}  // namespace pinflow::sink
