#include "app/connect_plugins.h"

#include "connect/file_sink.h"

namespace pinflow::app {

Result<connect::Plugins> connect_plugins(const Config& config) {
    std::vector<connect::PluginPtr> plugins;
    plugins.push_back(std::make_shared<connect::FileSink>(config.connect_file_folder.empty()
                                                              ? config.data / "files"
                                                              : std::filesystem::absolute(config.connect_file_folder)));
    return connect::Plugins(std::move(plugins));
}

}  // namespace pinflow::app
