// Where the gateway's definition comes from and stays: a person's file, what was changed while it ran, and the counts
// of quotas (docs/gateway.md). Thread-safe. A change is durable when its call returns, so it blocks; rules() does not.
#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "base/disk.h"
#include "gateway/definition.h"
#include "gateway/rules.h"
#include "gateway/usage_file.h"

namespace pinflow::gateway {

struct StoreFiles {
    std::filesystem::path declared;  // a person's: only read
    bool declared_is_named = false;  // in the configuration: then it has to be there
    std::filesystem::path stored;
    std::filesystem::path usage;
    std::filesystem::path apis;  // a folder: a file each stage
};

class Store {
  public:
    static Result<std::shared_ptr<Store>> open(Disk& disk, Clock& clock, StoreFiles files);

    // For the event loops: null where nothing is laid down. Good until this thread's next call.
    const Rules* rules() const;
    const Clock& clock() const { return clock_; }

    Definition definition() const;  // of both files together
    UsageByKey usage() const;       // of keys with a quota, in their present period or an earlier one

    // One entry of Definition's: &Definition::stages and the others, by its name. What the person's file lays down can
    // be changed there only.
    template <auto Entries>
    Result<> set(const auto& name, auto entry);  // made, or replaced
    template <auto Entries>
    Result<> add(const auto& name, auto entry);
    template <auto Entries>
    Result<> edit(const auto& name, auto edit_it);  // called with the entry
    template <auto Entries>
    Result<> remove(const auto& name);
    Result<> set_settings(std::optional<bool> direct, std::optional<Throttle> account);  // those that are there

    // What was imported, by stage. Made or replaced as a whole.
    static constexpr size_t max_apis = 100;
    Apis apis() const;
    Result<> set_api(const std::string& stage, std::shared_ptr<const openapi::Api> api);
    Result<> remove_api(const std::string& stage);

    // Writes the counts if they have changed. As broker::Ticker wants it: every second where there are quotas.
    void tick();
    int64_t next_deadline_ms() const;
    void on_earlier_deadline(std::function<void()> wake);

  private:
    using Change = std::function<Result<>(const Definition& declared, Definition& stored)>;

    Store(Disk& disk, Clock& clock, StoreFiles files) : disk_(disk), clock_(clock), files_(std::move(files)) {}
    Result<> load();
    Result<> load_apis();
    Result<> change(const Change& change);
    template <auto Entries>
    Result<> change_entry(const auto& name, auto change_it);  // called with the entries
    void publish(const Definition& definition);
    void publish(Apis apis);
    void publish_locked();  // mutex_ is held

    Disk& disk_;
    Clock& clock_;
    const StoreFiles files_;
    Definition declared_;
    std::mutex changing_;  // held over the write, guards stored_; mutex_ never is held that long
    Definition stored_;    // what was changed, with no places
    std::mutex saving_;    // the same for counts
    UsageByKey saved_;
    bool failing_ = false;  // to save
    std::atomic<int64_t> saved_at_ms_ = 0;

    mutable std::mutex mutex_;  // guards what follows
    Definition effective_;
    Apis apis_;
    Counts counts_;
    std::shared_ptr<const Rules> rules_;
    std::function<void()> wake_;
    std::atomic<uint64_t> version_ = 0;  // of rules_; no other store's
};

template <auto Entries>
Result<> Store::change_entry(const auto& name, auto change_it) {
    return change([&](const Definition& declared, Definition& stored) -> Result<> {
        const auto found = (declared.*Entries).find(name);
        if (found != (declared.*Entries).end())
            return fail(Code::conflict, "this is laid down at {}: change it there, then start Pinflow anew",
                        found->second.place);
        return change_it(stored.*Entries);
    });
}

template <auto Entries>
Result<> Store::set(const auto& name, auto entry) {
    return change_entry<Entries>(name, [&](auto& entries) -> Result<> {
        entries[name] = std::move(entry);
        return {};
    });
}

template <auto Entries>
Result<> Store::add(const auto& name, auto entry) {
    return change_entry<Entries>(name, [&](auto& entries) -> Result<> {
        if (entries.emplace(name, std::move(entry)).second) return {};
        return fail(Code::exists, "there is one of that name already");
    });
}

template <auto Entries>
Result<> Store::edit(const auto& name, auto edit_it) {
    return change_entry<Entries>(name, [&](auto& entries) -> Result<> {
        const auto found = entries.find(name);
        if (found == entries.end()) return fail(Code::not_found, "there is none of that name");
        edit_it(found->second);
        return {};
    });
}

template <auto Entries>
Result<> Store::remove(const auto& name) {
    return change_entry<Entries>(name, [&](auto& entries) -> Result<> {
        if (entries.erase(name) > 0) return {};
        return fail(Code::not_found, "there is none of that name");
    });
}

}  // namespace pinflow::gateway
