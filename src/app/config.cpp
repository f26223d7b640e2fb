#include "app/config.h"

#include <toml++/toml.h>

#include <functional>
#include <limits>
#include <sstream>
#include <utility>

#include "base/disk.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

Error at(const fs::path& file, const toml::node& node, std::string_view what) {
    return {Code::invalid, fmt::format("{}:{}: {}", file.string(), node.source().begin.line, what)};
}

using Setter = std::function<Result<>(const toml::node&)>;

// One setter a key; what is not in this table is refused with the list of its keys.
class Keys {
  public:
    explicit Keys(const fs::path& file) : file_(file) {}

    template <class T>
    void add(const std::string& key, T& target, int64_t least = 0) {
        setters_[key] = [this, key, &target, least](const toml::node& node) {
            return assign(key, node, target, least);
        };
    }

    void add(const std::string& key, std::vector<fs::path>& target) {
        setters_[key] = [this, key, &target](const toml::node& node) { return read_list(key, node, target); };
    }

    void add(const std::string& key, std::vector<std::string>& target) {
        setters_[key] = [this, key, &target](const toml::node& node) { return read_texts(key, node, target); };
    }

    Result<> apply(const toml::table& table, const std::string& prefix) const {
        for (const auto& [name, node] : table) {
            const std::string key = prefix + std::string(name.str());
            if (key == "topics") continue;  // Kafka's own names, read apart
            if (const auto found = setters_.find(key); found != setters_.end()) {
                PINFLOW_TRY(found->second(node));
            } else if (const auto* inner = node.as_table()) {
                PINFLOW_TRY(apply(*inner, key + "."));
            } else {
                return fail(at(file_, node, fmt::format("unknown key {}; known are {}", key, names())));
            }
        }
        return {};
    }

  private:
    template <class T>
    Result<> assign(const std::string& key, const toml::node& node, T& target, [[maybe_unused]] int64_t least) const {
        constexpr bool text = std::is_same_v<T, fs::path> || std::is_same_v<T, std::string>;
        constexpr bool flag = std::is_same_v<T, bool>;
        using Stored = std::conditional_t<text, std::string, std::conditional_t<flag, bool, int64_t>>;
        const auto value = flag ? node.value_exact<Stored>() : node.value<Stored>();
        if (!value)
            return fail(
                at(file_, node,
                   fmt::format("{} must be {}", key, text ? "a string" : (flag ? "true or false" : "a whole number"))));
        if constexpr (std::is_integral_v<T> && !flag) {
            if (*value < least || !std::in_range<T>(*value))
                return fail(at(
                    file_, node,
                    fmt::format("{} must be a whole number from {} to {}", key, least, std::numeric_limits<T>::max())));
        }
        target = static_cast<T>(*value);
        return {};
    }

    Result<> read_list(const std::string& key, const toml::node& node, std::vector<fs::path>& into) const {
        const auto* array = node.as_array();
        if (array == nullptr) return fail(at(file_, node, key + " must be a list of paths"));
        for (const auto& entry : *array) {
            const auto folder = entry.value<std::string>();
            if (!folder) return fail(at(file_, entry, key + " must be a list of paths"));
            into.push_back(file_.parent_path() / *folder);
        }
        return {};
    }

    Result<> read_texts(const std::string& key, const toml::node& node, std::vector<std::string>& into) const {
        const auto* array = node.as_array();
        if (array == nullptr) return fail(at(file_, node, key + " must be a list of strings"));
        for (const auto& entry : *array) {
            const auto text = entry.value<std::string>();
            if (!text) return fail(at(file_, entry, key + " must be a list of strings"));
            into.push_back(*text);
        }
        return {};
    }

    std::string names() const {
        std::string all;
        for (const auto& [key, setter] : setters_) all += (all.empty() ? "" : ", ") + key;
        return all + ", topics.*";
    }

    fs::path file_;
    std::map<std::string, Setter> setters_;
};

// [topics] retention.ms = 1 and [topics.retention] ms = 1 both name retention.ms.
Result<> read_topics(const fs::path& file, const toml::table& table, const std::string& prefix,
                     std::map<std::string, std::string>& into) {
    for (const auto& [name, node] : table) {
        const std::string key = prefix + std::string(name.str());
        if (const auto* inner = node.as_table()) {
            PINFLOW_TRY(read_topics(file, *inner, key + ".", into));
        } else if (const auto text = node.value_exact<std::string>()) {
            into[key] = *text;
        } else if (const auto number = node.value_exact<int64_t>()) {
            into[key] = std::to_string(*number);
        } else if (const auto flag = node.value_exact<bool>()) {
            into[key] = *flag ? "true" : "false";
        } else {
            return fail(at(file, node, fmt::format("{} must be a string, a whole number or a boolean", key)));
        }
    }
    return {};
}

void add_door_keys(Keys& keys, Config& config) {
    keys.add("kafka.advertised", config.kafka_advertised);
    keys.add("kafka.allow_everyone_if_no_acl_found", config.kafka_allow_everyone_if_no_acl_found);
    keys.add("kafka.authorizer", config.kafka_authorizer);
    keys.add("kafka.connections_max_reauth_ms", config.kafka_connections_max_reauth_ms);
    keys.add("kafka.max_connections", config.kafka_max_connections);
    keys.add("kafka.max_replication_factor", config.topic_options.max_replication_factor, 1);
    keys.add("kafka.num_partitions", config.topic_options.default_partitions, 1);
    keys.add("kafka.sasl_hosts", config.kafka_sasl_hosts);
    keys.add("kafka.sasl_mechanisms", config.kafka_sasl_mechanisms);
    keys.add("kafka.super_users", config.kafka_super_users);
    keys.add("connect.file_folder", config.connect_file_folder);
    keys.add("connect.s3_store", config.connect_s3_store);
    keys.add("connect.threads", config.connect_threads, 1);
    keys.add("gateway.definition", config.gateway_definition);
    keys.add("http.event_loops", config.event_loops);
    keys.add("http.access_log", config.access_log);
    keys.add("http.max_body_bytes", config.max_body_bytes);
    keys.add("http.max_connections", config.max_connections);
    keys.add("kinesis.emulate_limits", config.kinesis_emulate_limits);
    keys.add("kinesis.shard_limit", config.kinesis_shard_limit, 1);
    keys.add("rest.consumer.instance.timeout.ms", config.rest_instance_timeout_ms, 1);
    keys.add("rest.consumer.instances.max", config.rest_max_instances, 1);
    keys.add("rest.consumer.request.max.bytes", config.rest_request_max_bytes, 1);
    keys.add("rest.consumer.request.timeout.ms", config.rest_request_timeout_ms);
    keys.add("rest.first.poll", config.rest_first_poll);
    keys.add("rest.id", config.rest_id);
}

}  // namespace

Result<> read_config(const fs::path& path, Config& config) {
    PINFLOW_ASSIGN(const std::string text, read_file(posix_disk(), path));
    toml::table table;
    try {
        table = toml::parse(text, path.string());
    } catch (const toml::parse_error& error) {
        return fail(Code::invalid, "{}:{}: {}", path.string(), error.source().begin.line, error.description());
    }
    Keys keys(path);
    keys.add("data", config.data);
    keys.add("listen.http", config.http);
    keys.add("listen.console", config.console);
    keys.add("listen.kafka", config.kafka);
    keys.add("listen.connect", config.connect);
    keys.add("connectors", config.connector_files);
    keys.add("tls.certificate", config.tls_certificate);
    keys.add("tls.key", config.tls_key);
    keys.add("tls.client_ca", config.tls_client_ca);
    keys.add("tls.client_auth", config.tls_client_auth);
    add_door_keys(keys, config);
    keys.add("pipelines", config.pipelines);
    keys.add("sql.folders", config.query_folders);
    keys.add("sql.stores", config.query_stores);
    keys.add("sql.memory", config.query_memory);
    keys.add("sql.threads", config.query_threads);
    keys.add("tables.cache_bytes", config.tables_cache_bytes);
    keys.add("tables.lake", config.tables_lake);
    keys.add("tables.memory", config.tables_memory);
    keys.add("tables.threads", config.table_threads);
    keys.add("log_level", config.log_level);
    if (const auto* topics = table.get("topics")) {
        if (!topics->is_table()) return fail(at(path, *topics, "topics must be a table of Kafka's topic settings"));
        PINFLOW_TRY(read_topics(path, *topics->as_table(), "", config.topic_defaults));
    }
    return keys.apply(table, "");
}

fs::path built_in_pipelines() {
    std::error_code error;
    const fs::path binary = fs::read_symlink("/proc/self/exe", error);
    if (error) return {};
    const fs::path folder = binary.parent_path();
    for (const fs::path& candidate : {folder / "../share/pinflow/pipelines", folder / "../../pipelines"}) {
        if (fs::is_directory(candidate, error)) return fs::weakly_canonical(candidate, error);
    }
    return {};
}

}  // namespace pinflow::app
