#include "broker/quotas.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/json_writer.h"

namespace pinflow::broker {
namespace {

// By Limit.
constexpr std::array<std::string_view, 5> limit_keys = {
    "producer_byte_rate",       "consumer_byte_rate",       "request_percentage",
    "controller_mutation_rate", "connection_creation_rate",
};

// The parts of an entity by the names they have in the file, which are Kafka's.
constexpr std::array parts = {
    std::pair{"user", &QuotaEntity::user},
    std::pair{"client-id", &QuotaEntity::client_id},
    std::pair{"ip", &QuotaEntity::ip},
};

Result<QuotaEntity> read_entity(simdjson::dom::element from) {
    QuotaEntity entity;
    for (const auto& [name, part] : parts) {
        std::string_view text;
        const auto found = from[name];
        if (found.error() == simdjson::NO_SUCH_FIELD) continue;
        if (found.get(text) != simdjson::SUCCESS) return fail(Code::corrupt, "'{}' is no text", name);
        entity.*part = std::string(text);
    }
    return entity;
}

Result<Quotas::Values> read_values(simdjson::dom::element from) {
    Quotas::Values values;
    simdjson::dom::object limits;
    if (from["limits"].get(limits) != simdjson::SUCCESS) return fail(Code::corrupt, "no object 'limits'");
    for (const auto field : limits) {
        const auto limit = limit_of(field.key);
        double value = 0;
        if (!limit || field.value.get(value) != simdjson::SUCCESS || !(value > 0))
            return fail(Code::corrupt, "'limits.{}' is no quota", field.key);
        values[*limit] = value;
    }
    return values;
}

}  // namespace

std::string_view limit_key(Limit limit) {
    return limit_keys[static_cast<size_t>(limit)];
}

std::optional<Limit> limit_of(std::string_view key) {
    const auto found = std::ranges::find(limit_keys, key);
    if (found == limit_keys.end()) return std::nullopt;
    return static_cast<Limit>(found - limit_keys.begin());
}

Result<std::unique_ptr<Quotas>> Quotas::open(Disk& disk, Clock& clock, std::filesystem::path file) {
    auto quotas = std::unique_ptr<Quotas>(new Quotas(disk, clock, std::move(file)));
    if (auto loaded = quotas->load(); !loaded)
        return fail(std::move(loaded).error().within(
            fmt::format("{}: mend the file, or remove it to be without quotas", quotas->file_.string())));
    return quotas;
}

// ---- what was set

Result<> Quotas::load() {
    const auto text = read_file(disk_, file_);
    if (!text && text.error().code == Code::not_found) return {};
    if (!text) return fail(text.error());
    simdjson::dom::parser parser;
    simdjson::dom::array list;
    if (parser.parse(*text).get(list) != simdjson::SUCCESS) return fail(Code::corrupt, "no JSON array");
    for (const auto each : list) {
        PINFLOW_ASSIGN(const QuotaEntity entity, read_entity(each));
        PINFLOW_ASSIGN(entities_[entity], read_values(each));
    }
    any_ = !entities_.empty();
    return {};
}

Result<> Quotas::save(const std::map<QuotaEntity, Values>& all) const {
    JsonWriter json;
    json.begin_array();
    for (const auto& [entity, values] : all) {
        json.begin_object();
        for (const auto& [name, part] : parts)
            if (entity.*part) json.key(name).string(*(entity.*part));
        json.key("limits").begin_object();
        for (const auto& [limit, value] : values) json.key(limit_key(limit)).number(value);
        json.end_object().end_object();
    }
    json.end_array();
    return replace_file(disk_, file_, json.text() + "\n");
}

std::map<QuotaEntity, Quotas::Values> Quotas::all() const {
    const std::scoped_lock lock(mutex_);
    return entities_;
}

Result<> Quotas::change(const std::vector<Change>& changes) {
    const std::scoped_lock one_at_a_time(changes_);
    auto after = all();
    for (const auto& [entity, limit, value] : changes) {
        if (value && !(std::isfinite(*value) && *value > 0))
            return fail(Code::invalid, "the quota {} must be a number greater than 0", limit_key(limit));
        Values& values = after[entity];
        if (value)
            values[limit] = *value;
        else
            values.erase(limit);
        if (values.empty()) after.erase(entity);
    }
    if (after == all()) return {};
    PINFLOW_TRY(save(after));
    const std::scoped_lock lock(mutex_);
    entities_ = std::move(after);
    buckets_.clear();  // a debt of the old quota must not be paid at the new one's rate
    any_ = !entities_.empty();
    return {};
}

// ---- what is counted

std::optional<double> Quotas::value_of(const QuotaEntity& entity, Limit limit) const {
    const auto found = entities_.find(entity);
    if (found == entities_.end()) return std::nullopt;
    const auto value = found->second.find(limit);
    return value == found->second.end() ? std::nullopt : std::optional(value->second);
}

// The most special quota counts, and whom it is for shares it: Kafka's order.
std::optional<std::pair<double, Quotas::BucketKey>> Quotas::find(Limit limit, const QuotaClient& client) const {
    const std::optional<std::string> nobody, any_one = "", user(client.user), id(client.client_id);
    for (const auto& [by_user, by_id] : {std::pair{user, id},
                                         {user, any_one},
                                         {user, nobody},
                                         {any_one, id},
                                         {any_one, any_one},
                                         {any_one, nobody},
                                         {nobody, id},
                                         {nobody, any_one}})
        if (const auto value = value_of({by_user, by_id, std::nullopt}, limit))
            return std::pair{*value, BucketKey{limit, by_user ? *user : "", by_id ? *id : ""}};
    return std::nullopt;
}

std::chrono::milliseconds Quotas::count(Limit limit, const QuotaClient& client, double amount) {
    if (!any()) return {};
    const std::scoped_lock lock(mutex_);
    const auto found = find(limit, client);
    if (!found) return {};
    const int64_t now_ms = clock_.steady_ms();
    TokenBucket& bucket = bucket_of(found->second, found->first, now_ms);
    bucket.charge(now_ms, amount);
    return std::chrono::milliseconds(bucket.owed_ms(now_ms));
}

bool Quotas::takes_connection(std::string_view ip) {
    if (!any()) return true;
    const std::scoped_lock lock(mutex_);
    for (const std::string_view of : {ip, std::string_view()})
        if (const auto rate = value_of({std::nullopt, std::nullopt, std::string(of)}, Limit::connections)) {
            const int64_t now_ms = clock_.steady_ms();
            return bucket_of({Limit::connections, std::string(ip), ""}, *rate, now_ms).take(now_ms);
        }
    return true;
}

// mutex_ is held.
TokenBucket& Quotas::bucket_of(const BucketKey& key, double rate, int64_t now_ms) {
    if (buckets_.size() >= forget_at_) forget_full(now_ms);
    return buckets_.try_emplace(key, rate, rate * static_cast<double>(burst.count())).first->second;
}

// Client ids may be new ones all the time.
void Quotas::forget_full(int64_t now_ms) {
    std::erase_if(buckets_, [&](const auto& each) { return each.second.is_full(now_ms); });
    forget_at_ = std::max<size_t>(1024, buckets_.size() * 2);
}

}  // namespace pinflow::broker
