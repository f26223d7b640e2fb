#include "app/catalog_setup.h"

namespace pinflow::app {
namespace {

std::vector<std::string> topic_names(const broker::Topics& topics) {
    std::vector<std::string> names;
    for (const auto& topic : topics.list()) names.push_back(topic->name);
    return names;
}

}  // namespace

sink::CatalogOptions catalog_options(const Config& config, const LakePlace& lake, const broker::Topics& topics,
                                     const sink::Tables& tables) {
    return {.lake = lake.folder,
            .topics = [&topics] { return topic_names(topics); },
            .flows = [&tables] { return tables.status(); },
            .folders = config.query_folders,
            .stores = config.query_stores};
}

}  // namespace pinflow::app
