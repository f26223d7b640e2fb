// Tables and what people asked to be forgotten: finds the table, and waits.
#include "sink/tables_impl.h"

namespace pinflow::sink {
namespace {

std::unexpected<Error> no_table(const std::string& table) {
    return fail(Code::not_found, "no pipeline makes a table {} now: `pinflow tables` lists them", table);
}

}  // namespace

std::shared_ptr<TableSink> Tables::Impl::find_sink(const std::string& table) {
    const std::scoped_lock lock(mutex);
    const auto found = sinks.find(table);
    return found == sinks.end() ? nullptr : found->second;
}

Result<Deleted> Tables::count_rows(const std::string& table, const std::string& where) {
    const auto sink = impl_->find_sink(table);
    if (!sink) return no_table(table);
    return sink->count_rows(where);
}

Result<Forgotten> Tables::forget(const std::string& table, const std::string& where) {
    impl_->discover();  // the request covers what is acked by now
    const auto sink = impl_->find_sink(table);
    if (!sink) return no_table(table);
    auto request = sink->forget(where);
    // Pipelines may have been exchanged meanwhile: who makes the table now may have read the list before.
    const auto now = request ? impl_->find_sink(table) : nullptr;
    if (now && now != sink) now->remember(*request);
    return request;
}

void Tables::reach_objects(ObjectReach reach) {
    impl_->objects = std::move(reach);
}

Result<ForgottenObjects> Tables::count_objects(const std::string& table, const std::string& where) {
    const auto sink = impl_->find_sink(table);
    if (!sink) return no_table(table);
    if (!impl_->objects.count) return ForgottenObjects();
    PINFLOW_ASSIGN(const Forgotten request, sink->request_for(where));
    return impl_->objects.count(request);
}

ForgetList& Tables::forget_list() {
    return *impl_->environment.forget_list;
}

ForgottenRecords& Tables::forgotten_records() {
    return impl_->forgotten_records;
}

Result<Tables::Forgetting> Tables::forgetting(const std::string& id, int64_t timeout_ms) {
    const int64_t until = impl_->clock.steady_ms() + timeout_ms;
    while (true) {
        PINFLOW_ASSIGN(auto request, impl_->environment.forget_list->find(id));
        if (!request) return fail(Code::not_found, "there is no request {}", id);
        const bool objects_are_done = !impl_->objects.progress || request->objects_done_ms;
        if (request->done_ms && objects_are_done)
            return Forgetting{.request = std::move(*request), .progress = "", .is_done = true};
        const auto sink = impl_->find_sink(request->table);
        std::unique_lock lock(impl_->mutex);
        if (impl_->clock.steady_ms() >= until || impl_->ended) {
            lock.unlock();
            std::string progress = request->done_ms ? impl_->objects.progress(id)
                                   : sink           ? sink->forget_progress(id)
                                                    : "no pipeline makes the table now";
            return Forgetting{.request = std::move(*request), .progress = std::move(progress)};
        }
        impl_->progress.wait_for(lock, std::chrono::milliseconds(20));
    }
}

}  // namespace pinflow::sink
