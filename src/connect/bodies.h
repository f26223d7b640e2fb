// The bodies of Connect's REST interface, both ways. Sources: rest/entities of connect/runtime in apache/kafka.
#pragma once
#include <string>
#include <string_view>

#include "base/json_tree.h"
#include "connect/worker.h"
#include "net/http.h"

namespace pinflow::connect {

struct CreateRequest {
    std::string name;
    Given config;
    std::optional<Target> initial;
};

// Refusals are 400 and say what is wrong with the body.
Answer<CreateRequest> read_create(std::string_view body);
Answer<Given> read_config(std::string_view body);
Answer<OffsetChanges> read_offsets(std::string_view body);

std::string json_of(const ConnectorInfo& info);
std::string json_of(const ConnectorStatus& status, std::string_view worker_id);
std::string json_of(const TaskRun::Status& status, int task, std::string_view worker_id);
std::string json_of(const Properties& config);
std::string json_of(const Offsets& offsets);
std::string json_of(const Validation& validation);
std::string json_of(const Plugin& plugin);
std::string json_of_key(const Key& key);
std::string json_of_task(const std::string& connector, size_t task, const Properties& config);
std::string json_message(std::string_view message);

net::Response answer(std::string json, int status = 200);
net::Response answer(const Refusal& refusal);

}  // namespace pinflow::connect
