#include "app/record_pages.h"

#include "app/console_client.h"
#include "app/offline.h"
#include "app/place.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

Result<std::string> page_of(const ConsoleClient& client, const std::string& path, const console::TailRequest& request) {
    const std::string where = request.positions.empty() ? fmt::format("last={}", request.last)
                                                        : fmt::format("positions={}", request.positions);
    PINFLOW_ASSIGN(Reply reply,
                   client.call("GET", fmt::format("{}?{}&max={}&wait_ms={}", path, where, request.max, request.wait_ms),
                               {}, [] { return interrupted().load(); }));
    return std::move(reply.body);
}

}  // namespace

std::string records_path(const std::string& topic) {
    return "/api/topics/" + percent_encode(topic) + "/records";
}

RecordPages::RecordPages(Fetch fetch, std::unique_ptr<OfflineData> data, int64_t last)
    : data_(std::move(data)), fetch_(std::move(fetch)), request_{.last = last} {}
RecordPages::RecordPages(RecordPages&&) noexcept = default;
RecordPages::~RecordPages() = default;

Result<RecordPages> RecordPages::open(const Target& target, const std::string& topic, int64_t last,
                                      bool offline_works) {
    PINFLOW_ASSIGN(const Place place, locate(target, offline_works));
    if (!place.url.empty()) {
        Fetch fetch = [client = ConsoleClient(place), path = records_path(topic)](const auto& request) {
            return page_of(client, path, request);
        };
        return RecordPages(std::move(fetch), nullptr, last);
    }
    PINFLOW_ASSIGN(auto data, OfflineData::open(place.folder));
    PINFLOW_ASSIGN(const broker::Topics* topics, data->topics());
    Fetch fetch = [topics, topic](const auto& request) { return console::read_lines(*topics, topic, request); };
    return RecordPages(std::move(fetch), std::move(data), last);
}

// What a page ends with is the position to go on from; all other lines are records.
Result<std::string> RecordPages::next(int64_t max, int64_t wait_ms) {
    constexpr std::string_view behind = "positions=";
    request_.max = max;
    request_.wait_ms = wait_ms;
    PINFLOW_ASSIGN(std::string page, fetch_(request_));
    const size_t end = page.rfind(behind);
    if (end == std::string::npos) return fail(Code::internal, "an answer without positions: {}", page);
    request_.positions = std::string(trim(std::string_view(page).substr(end + behind.size())));
    page.resize(end);
    return page;
}

}  // namespace pinflow::app
