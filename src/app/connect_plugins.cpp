#include "app/connect_plugins.h"

#include "app/s3_sink_store.h"
#include "connect/file_sink.h"
#include "connect/s3_sink.h"

namespace pinflow::app {

Result<connect::Plugins> connect_plugins(const Config& config) {
    const auto& folder = config.connect_file_folder;
    std::vector<connect::PluginPtr> plugins;
    plugins.push_back(connect::make_s3_sink(
        {.folder = config.data / "connect/s3",
         .open_store = [config](const connect::S3Where& where) { return open_s3_sink_store(config, where); },
         .stays_here = config.connect_s3_store.empty() || config.connect_s3_store == "local" ||
                       config.connect_s3_store.starts_with("file:")}));
    plugins.push_back(std::make_shared<connect::FileSink>(folder.empty() ? config.data / "files"
                                                                         : std::filesystem::absolute(folder)));
    return connect::Plugins(std::move(plugins));
}

}  // namespace pinflow::app
