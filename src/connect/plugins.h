// The connectors that there are.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connect/connector.h"

namespace pinflow::connect {

using PluginPtr = std::shared_ptr<Plugin>;

class Plugins {
  public:
    explicit Plugins(std::vector<PluginPtr> all) : all_(std::move(all)) {}
    // By its whole class name, or by the last part of it, with "Connector" at its end or without; null: there is none.
    PluginPtr find(std::string_view class_or_alias) const;
    const std::vector<PluginPtr>& all() const { return all_; }
    // What to say of a class that find() does not know: lists those there are.
    std::string unknown(std::string_view class_or_alias) const;

  private:
    std::vector<PluginPtr> all_;
};

// "a.b.FileSinkConnector" -> "a.b.FileSink"
std::string_view without_connector(std::string_view class_name);

}  // namespace pinflow::connect
