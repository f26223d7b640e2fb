#include "gateway/store.h"

#include <spdlog/spdlog.h>

#include "gateway/definition_toml.h"

namespace pinflow::gateway {
namespace {

constexpr int64_t save_every_ms = 1000;

// What a person has laid down goes first.
void lay_over(const auto& declared, auto& into) {
    for (const auto& [name, entry] : declared) into.insert_or_assign(name, entry);
}

void tell_replaced(const auto& declared, const auto& stored, std::string_view what) {
    for (const auto& [name, entry] : declared)
        if (stored.contains(name)) spdlog::warn("the {} at {} replaces one that was made otherwise", what, entry.place);
}

Definition together(const Definition& declared, const Definition& stored) {
    Definition both = stored;
    if (declared.direct) both.direct = declared.direct;
    if (declared.account) both.account = declared.account;
    lay_over(declared.stages, both.stages);
    lay_over(declared.plans, both.plans);
    lay_over(declared.keys, both.keys);
    lay_over(declared.responses, both.responses);
    return both;
}

// The file that Pinflow writes by itself is no place to send a person to.
Definition without_places(Definition definition) {
    const auto forget = [](auto& entries) {
        for (auto& [name, entry] : entries) entry.place.clear();
    };
    forget(definition.stages);
    forget(definition.plans);
    forget(definition.keys);
    forget(definition.responses);
    return definition;
}

uint64_t next_version() {
    static std::atomic<uint64_t> last = 0;
    return ++last;
}

// Empty where there is no such file.
Result<std::string> text_of(Disk& disk, const std::filesystem::path& file) {
    auto text = read_file(disk, file);
    if (!text && text.error().code == Code::not_found) return std::string();
    return text;
}

}  // namespace

Result<std::shared_ptr<Store>> Store::open(Disk& disk, Clock& clock, StoreFiles files) {
    std::shared_ptr<Store> store = std::unique_ptr<Store>(new Store(disk, clock, std::move(files)));
    PINFLOW_TRY(store->load());
    return store;
}

Result<> Store::load() {
    if (files_.declared_is_named) PINFLOW_TRY(read_file(disk_, files_.declared));
    PINFLOW_ASSIGN(const std::string declared, text_of(disk_, files_.declared));
    PINFLOW_ASSIGN(declared_, read_definition(declared, files_.declared.string()));
    PINFLOW_TRY(disk_.make_directories(files_.stored.parent_path()));
    PINFLOW_TRY(disk_.sync_directory(files_.stored.parent_path().parent_path()));
    PINFLOW_ASSIGN(const std::string stored, text_of(disk_, files_.stored));
    auto read = read_definition(stored, files_.stored.string());
    if (!read) return fail(Error{Code::corrupt, read.error().message + "; mend it, or restore it from a copy"});
    stored_ = without_places(std::move(*read));
    PINFLOW_ASSIGN(const std::string usage, text_of(disk_, files_.usage));
    auto used = usage.empty() ? UsageByKey() : read_usage(usage);
    if (!used)
        return fail(Error{Code::corrupt, fmt::format("{}: {}; remove it to have all quotas counted anew",
                                                     files_.usage.string(), used.error().message)});
    for (const auto& [key, one] : *used) counts_.quotas[key] = std::make_shared<QuotaCount>(one.period, one.value);
    const Definition both = together(declared_, stored_);
    if (auto good = check(both); !good)
        return fail(std::move(good).error().within(
            fmt::format("{} with {}", files_.declared.string(), files_.stored.string())));
    tell_replaced(declared_.stages, stored_.stages, "stage");
    tell_replaced(declared_.plans, stored_.plans, "plan");
    tell_replaced(declared_.keys, stored_.keys, "key");
    tell_replaced(declared_.responses, stored_.responses, "response");
    saved_ = std::move(*used);
    PINFLOW_TRY(load_apis());
    publish(both);
    return {};
}

// The event loops look at version_ alone, as long as nothing has changed.
const Rules* Store::rules() const {
    struct Seen {
        uint64_t version = 0;
        std::shared_ptr<const Rules> rules;
    };
    static thread_local Seen seen;
    if (seen.version != version_.load(std::memory_order_acquire)) {
        const std::scoped_lock lock(mutex_);
        seen = {version_.load(), rules_};
    }
    return seen.rules.get();
}

Definition Store::definition() const {
    const std::scoped_lock lock(mutex_);
    return effective_;
}

UsageByKey Store::usage() const {
    UsageByKey usage;
    const std::scoped_lock lock(mutex_);
    for (const auto& [key, count] : counts_.quotas) usage[key] = {count->period(), count->value()};
    return usage;
}

Result<> Store::change(const Change& change) {
    const std::scoped_lock changing(changing_);
    Definition stored = stored_;
    PINFLOW_TRY(change(declared_, stored));
    const Definition both = together(declared_, stored);
    PINFLOW_TRY(check(both));
    // On disk first: what cannot be stored does not count. Where the file is the new one in spite of an error (the sync
    // of its folder failed), it counts, as after a restart, and whoever asked is told of the error.
    const std::string text = write_definition(stored);
    auto written = replace_private_file(disk_, files_.stored, text);
    if (!written && read_file(disk_, files_.stored) != text) return written;
    stored_ = std::move(stored);
    publish(both);
    return written;
}

Result<> Store::set_settings(std::optional<bool> direct, std::optional<Throttle> account) {
    return change([&](const Definition& declared, Definition& stored) -> Result<> {
        if ((direct && declared.direct) || (account && declared.account))
            return fail(Code::conflict, "this is laid down in {}: change it there, then start Pinflow anew",
                        files_.declared.string());
        if (direct) stored.direct = direct;
        if (account) stored.account = account->rate > 0 ? account : std::nullopt;
        return {};
    });
}

void Store::publish(const Definition& definition) {
    std::function<void()> wake;
    {
        const std::scoped_lock lock(mutex_);
        effective_ = definition;
        publish_locked();
        wake = wake_;
    }
    if (wake) wake();
}

void Store::publish_locked() {
    auto rules = std::make_shared<const Rules>(effective_, apis_, counts_);
    rules_ = effective_ == Definition{} && apis_.empty() ? nullptr : std::move(rules);
    version_.store(next_version(), std::memory_order_release);
}

// ---- counts

void Store::tick() {
    const std::scoped_lock saving(saving_);
    saved_at_ms_ = clock_.steady_ms();
    UsageByKey now = usage();
    if (now == saved_) return;
    if (const auto written = replace_file(disk_, files_.usage, write_usage(now)); !written) {
        if (!std::exchange(failing_, true))
            spdlog::error("{}; what is used of quotas is not kept", written.error().message);
        return;
    }
    failing_ = false;
    saved_ = std::move(now);
}

int64_t Store::next_deadline_ms() const {
    const std::scoped_lock lock(mutex_);
    return counts_.quotas.empty() ? INT64_MAX : saved_at_ms_ + save_every_ms;
}

void Store::on_earlier_deadline(std::function<void()> wake) {
    const std::scoped_lock lock(mutex_);
    wake_ = std::move(wake);
}

}  // namespace pinflow::gateway
