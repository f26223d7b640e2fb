#include "emulator/poster.h"

#include <curl/curl.h>

#include <algorithm>
#include <random>
#include <vector>

#include "base/clock.h"
#include "emulator/answers.h"

namespace pinflow::emulator {
namespace {

constexpr int64_t first_pause_ms = 200;
constexpr int64_t longest_pause_ms = 10'000;
constexpr int64_t tick_ms = 100;
constexpr int64_t stop_grace_ms = 5'000;
constexpr size_t longest_answer = 16 << 20;

int64_t now_ms() {
    return system_clock().steady_ms();
}

struct Headers {
    explicit Headers(std::string_view content_type) {
        list = curl_slist_append(list, fmt::format("Content-Type: {}", content_type).c_str());
        list = curl_slist_append(list, "Expect:");  // curl would ask first; requests does not
    }
    Headers(const Headers&) = delete;
    Headers& operator=(const Headers&) = delete;
    ~Headers() { curl_slist_free_all(list); }
    curl_slist* list = nullptr;
};

// One connection's worth of work: idle, under way, or waiting for its next attempt.
struct Slot {
    enum class State : uint8_t { idle, under_way, waiting } state = State::idle;
    CURL* easy = nullptr;
    Post post;
    std::string answer;
    std::array<char, CURL_ERROR_SIZE> error{};
    int attempt = 0;
    int64_t first_try_ms = 0;
    int64_t retry_ms = 0;
};

size_t take_answer(char* data, size_t size, size_t count, void* into) {
    auto& answer = *static_cast<std::string*>(into);
    if (answer.size() + size * count <= longest_answer) answer.append(data, size * count);
    return size * count;
}

// libcurl's options are C varargs: the third argument must have exactly the type it expects.
template <class T>
void set(CURL* easy, CURLoption option, T value) {
    curl_easy_setopt(easy, option, value);
}

class Poster {
  public:
    Poster(Feed& feed, const PosterOptions& options, std::stop_token stop)
        : feed_(feed), options_(options), stop_(std::move(stop)), multi_(curl_multi_init()) {
        slots_.resize(static_cast<size_t>(std::max(1, options.connections)));
        for (Slot& slot : slots_) prepare(slot);
        curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(slots_.size()));
    }
    Poster(const Poster&) = delete;
    Poster& operator=(const Poster&) = delete;
    ~Poster() {
        for (Slot& slot : slots_) {
            if (slot.state == Slot::State::under_way) curl_multi_remove_handle(multi_, slot.easy);
            curl_easy_cleanup(slot.easy);
        }
        curl_multi_cleanup(multi_);
    }

    Result<> run();

  private:
    void prepare(Slot& slot);
    void start(Slot& slot);
    void finish(Slot& slot, CURLcode result);
    void settle(Slot& slot, Answer answer);
    void fill(int64_t now);
    void collect();
    void abandon(std::string_view why);
    bool done() const { return ended_ && busy_ == 0; }

    Feed& feed_;
    PosterOptions options_;
    std::stop_token stop_;
    CURLM* multi_;
    std::vector<Slot> slots_;
    Headers rest_json_{"application/vnd.kafka.json.v2+json"};
    Headers rest_binary_{"application/vnd.kafka.binary.v2+json"};
    Headers plain_json_{"application/json"};
    std::minstd_rand jitter_{std::random_device{}()};
    size_t busy_ = 0;  // slots that are not idle
    bool ended_ = false;
    bool stopping_ = false;
    int64_t ask_again_ms_ = 0;
    int64_t last_answer_ms_ = -1;
    Result<> outcome_{};
};

void Poster::prepare(Slot& slot) {
    slot.easy = curl_easy_init();
    set(slot.easy, CURLOPT_NOSIGNAL, 1L);
    set(slot.easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(slot.easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(slot.easy, CURLOPT_USERAGENT, "pinflow-emulate/" PINFLOW_VERSION);
    set(slot.easy, CURLOPT_CONNECTTIMEOUT_MS, 10'000L);
    set(slot.easy, CURLOPT_TIMEOUT_MS, 60'000L);
    set(slot.easy, CURLOPT_WRITEFUNCTION, &take_answer);
    set(slot.easy, CURLOPT_WRITEDATA, static_cast<void*>(&slot.answer));
    set(slot.easy, CURLOPT_ERRORBUFFER, slot.error.data());
    set(slot.easy, CURLOPT_PRIVATE, static_cast<void*>(&slot));
    set(slot.easy, CURLOPT_TCP_NODELAY, 1L);
    if (!options_.ca.empty()) set(slot.easy, CURLOPT_CAINFO, options_.ca.c_str());
    if (!options_.keep_alive) set(slot.easy, CURLOPT_FORBID_REUSE, 1L);
}

void Poster::start(Slot& slot) {
    slot.answer.clear();
    slot.error[0] = 0;
    ++slot.attempt;
    const Headers& headers = slot.post.content_type == "application/json"                     ? plain_json_
                             : slot.post.content_type == "application/vnd.kafka.json.v2+json" ? rest_json_
                                                                                              : rest_binary_;
    set(slot.easy, CURLOPT_HTTPHEADER, headers.list);
    set(slot.easy, CURLOPT_URL, slot.post.url.c_str());
    set(slot.easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(slot.post.body.size()));
    set(slot.easy, CURLOPT_POSTFIELDS, slot.post.body.c_str());
    set(slot.easy, CURLOPT_CUSTOMREQUEST, slot.post.method == "PUT" ? "PUT" : "POST");
    curl_multi_add_handle(multi_, slot.easy);
    slot.state = Slot::State::under_way;
}

void Poster::finish(Slot& slot, CURLcode result) {
    curl_multi_remove_handle(multi_, slot.easy);
    Answer answer;
    if (result == CURLE_OK) {
        long status = 0;
        curl_easy_getinfo(slot.easy, CURLINFO_RESPONSE_CODE, &status);
        answer = {static_cast<int>(status), std::move(slot.answer)};
        last_answer_ms_ = now_ms();
    } else {
        answer.body = slot.error[0] != 0 ? slot.error.data() : curl_easy_strerror(result);
    }
    answer.final = stopping_ || !may_retry(answer.status) || slot.attempt >= options_.attempts;
    if (answer.final) return settle(slot, std::move(answer));
    feed_.answered(slot.post, answer);
    const int64_t pause = std::min(longest_pause_ms, first_pause_ms << std::min(slot.attempt - 1, 10));
    slot.retry_ms = now_ms() + std::uniform_int_distribution<int64_t>(pause / 2, pause)(jitter_);
    slot.state = Slot::State::waiting;
}

void Poster::settle(Slot& slot, Answer answer) {
    if (answer.status == 0 && !stopping_ && last_answer_ms_ < slot.first_try_ms && outcome_) {
        outcome_ = fail(Code::unavailable, "nobody answers at {} ({} attempts in {} s): {}", slot.post.url,
                        slot.attempt, (now_ms() - slot.first_try_ms + 500) / 1000, answer.body);
        ended_ = true;
    }
    feed_.answered(slot.post, answer);
    slot.state = Slot::State::idle;
    --busy_;
}

// Starts what is due: second attempts first, then what the feed has.
void Poster::fill(int64_t now) {
    for (Slot& slot : slots_) {
        if (slot.state == Slot::State::waiting && slot.retry_ms <= now) start(slot);
    }
    if (ended_ || busy_ == slots_.size() || ask_again_ms_ > now) return;
    for (Slot& slot : slots_) {
        if (slot.state != Slot::State::idle) continue;
        auto turn = feed_.next(now);
        if (!turn) outcome_ = fail(std::move(turn.error()));
        if (!turn || turn->what == Turn::What::end) return void(ended_ = true);
        if (turn->what == Turn::What::wait) return void(ask_again_ms_ = turn->until_ms);
        slot.post = std::move(turn->post);
        slot.attempt = 0;
        slot.first_try_ms = now;
        ++busy_;
        start(slot);
    }
}

void Poster::collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        void* slot = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
        finish(*static_cast<Slot*>(slot), message->data.result);
    }
}

// Gives up what is not under way, or everything.
void Poster::abandon(std::string_view why) {
    for (Slot& slot : slots_) {
        if (slot.state == Slot::State::under_way) curl_multi_remove_handle(multi_, slot.easy);
        if (slot.state != Slot::State::idle) settle(slot, {0, std::string(why)});
    }
}

Result<> Poster::run() {
    int64_t next_tick = 0;
    int64_t give_up_ms = 0;
    while (!done()) {
        const int64_t now = now_ms();
        if (now >= next_tick) {
            feed_.tick();
            next_tick = now + tick_ms;
        }
        if (stop_.stop_requested() && !stopping_) {
            stopping_ = ended_ = true;
            give_up_ms = now + stop_grace_ms;
            for (Slot& slot : slots_)
                if (slot.state == Slot::State::waiting) settle(slot, {0, "stopped before the next attempt"});
        }
        if (stopping_ && now > give_up_ms) abandon("stopped without an answer");
        fill(now);
        int running = 0;
        curl_multi_perform(multi_, &running);
        const size_t before = busy_;
        collect();
        if (busy_ < before) continue;
        int64_t wait = next_tick - now_ms();
        if (busy_ < slots_.size() && !ended_) wait = std::min(wait, ask_again_ms_ - now_ms());
        for (const Slot& slot : slots_)
            if (slot.state == Slot::State::waiting) wait = std::min(wait, slot.retry_ms - now_ms());
        if (wait > 0) curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait), nullptr);
    }
    feed_.tick();
    return outcome_;
}

}  // namespace

Result<> run_poster(Feed& feed, const PosterOptions& options, std::stop_token stop) {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (ready != CURLE_OK) return fail(Code::internal, "libcurl does not start: {}", curl_easy_strerror(ready));
    return Poster(feed, options, std::move(stop)).run();
}

}  // namespace pinflow::emulator
