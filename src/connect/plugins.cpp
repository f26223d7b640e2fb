#include "connect/plugins.h"

namespace pinflow::connect {

PluginPtr Plugins::find(std::string_view class_or_alias) const {
    for (const PluginPtr& plugin : all_) {
        const std::string whole = plugin->class_name();
        const std::string_view last = std::string_view(whole).substr(whole.rfind('.') + 1);
        if (class_or_alias == whole || class_or_alias == last || class_or_alias == without_connector(last))
            return plugin;
    }
    return nullptr;
}

std::string Plugins::unknown(std::string_view class_or_alias) const {
    std::string text = fmt::format(
        "Failed to find any class that implements Connector and which name matches {}, available connectors are: ",
        class_or_alias);
    for (size_t i = 0; i < all_.size(); ++i) text += (i == 0 ? "" : ", ") + all_[i]->class_name();
    return text;
}

std::string_view without_connector(std::string_view class_name) {
    constexpr std::string_view suffix = "Connector";
    if (class_name.ends_with(suffix) && class_name.size() > suffix.size()) class_name.remove_suffix(suffix.size());
    return class_name;
}

}  // namespace pinflow::connect
