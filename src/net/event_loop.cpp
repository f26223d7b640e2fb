#include "net/event_loop.h"

#include <boost/asio/post.hpp>

#include <ctime>
#include <latch>

namespace pinflow::net {
namespace {

constexpr size_t scratch_bytes = size_t{64} << 10;
thread_local const EventLoop* current_loop = nullptr;

// Its address marks a mailbox that takes no more.
struct NoMail final : Mail {
    void delivered() override {}
    void undeliverable() override {}
} closed_mailbox;

Mail* reversed(Mail* newest, Mail* (*next)(Mail*, Mail*)) {
    Mail* oldest = nullptr;
    while (newest != nullptr) {
        Mail* const older = next(newest, oldest);
        oldest = newest;
        newest = older;
    }
    return oldest;
}

}  // namespace

EventLoop::EventLoop() : context_(1), work_(context_.get_executor()) {}

EventLoop::~EventLoop() {
    stop();
}

void EventLoop::start() {
    if (thread_.joinable()) return;
    running_.store(true, std::memory_order_release);
    thread_ = std::thread([this] {
        current_loop = this;
        pthread_setname_np(pthread_self(), "pinflow-loop");
        context_.run();
    });
}

void EventLoop::stop() {
    const auto keep = weak_from_this().lock();  // what goes may hold the last reference
    if (thread_.joinable()) {
        context_.stop();
        thread_.join();
    }
    running_.store(false, std::memory_order_release);
    drop_tasks();
    for (Mail* mail = take_mail(&closed_mailbox); mail != nullptr;) {
        Mail* const next = mail->next_mail_;
        mail->undeliverable();
        mail = next;
    }
    context_.shutdown();
}

bool EventLoop::on_its_thread() const {
    return current_loop == this;
}

void EventLoop::post(Loops::Task task) {
    {
        const std::scoped_lock lock(tasks_mutex_);
        if (tasks_dropped_) return;
        tasks_.push_back(std::move(task));
        if (tasks_.size() > 1) return;  // somebody has called already
    }
    boost::asio::post(context_, [this] { run_tasks(); });
}

void EventLoop::run_tasks() {
    std::vector<Loops::Task> now;
    {
        const std::scoped_lock lock(tasks_mutex_);
        now.swap(tasks_);
    }
    for (Loops::Task& task : now) std::exchange(task, nullptr)();
}

void EventLoop::post_after(std::chrono::milliseconds delay, Loops::Task task) {
    post([this, delay, task = std::move(task)]() mutable {
        const auto place = timers_.emplace(timers_.end(), boost::asio::steady_timer(context_, delay), std::move(task));
        place->timer.async_wait([this, place](const boost::system::error_code& error) {
            if (error) return;
            Loops::Task due = std::move(place->task);
            timers_.erase(place);
            due();
        });
    });
}

// Tasks may own what owns this loop: left in it they would keep each other for ever. Their ends may post again.
void EventLoop::drop_tasks() {
    std::vector<Loops::Task> tasks;
    {
        const std::scoped_lock lock(tasks_mutex_);
        tasks_dropped_ = true;
        tasks.swap(tasks_);
    }
    tasks.clear();
    const std::list<Waiting> timers = std::move(timers_);
}

void EventLoop::run_and_wait(Loops::Task task) {
    if (!is_running()) return task();
    std::latch done(1);
    post([&] {
        task();
        done.count_down();
    });
    done.wait();
}

void EventLoop::push(Mail& mail) {
    const auto keep = shared_from_this();  // the receiver may be gone before this returns, and the loop with it
    Mail* newest = mail_.load(std::memory_order_relaxed);
    do {
        if (newest == &closed_mailbox) return mail.undeliverable();
        mail.next_mail_ = newest;
    } while (!mail_.compare_exchange_weak(newest, &mail, std::memory_order_acq_rel));
    if (newest == nullptr) boost::asio::post(context_, [this] { deliver(); });
}

// The mail so far, oldest first.
Mail* EventLoop::take_mail(Mail* leave) {
    Mail* const newest = mail_.exchange(leave, std::memory_order_acq_rel);
    if (newest == &closed_mailbox) return nullptr;
    return reversed(newest, [](Mail* mail, Mail* older) { return std::exchange(mail->next_mail_, older); });
}

void EventLoop::deliver() {
    for (Mail* mail = take_mail(nullptr); mail != nullptr;) {
        Mail* const next = mail->next_mail_;  // delivered() may end the mail's life or push it again
        mail->delivered();
        mail = next;
    }
}

// Asio runs what it was handed in order: this comes behind the sockets that are ready now.
void EventLoop::at_turn_end(TurnTask& task) {
    boost::asio::post(context_, [&task] { task.end_turn(); });
}

int64_t EventLoop::now_ms() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

int64_t EventLoop::now_us() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

std::string_view EventLoop::date_line() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec != date_second_) {
        date_second_ = now.tv_sec;
        tm parts{};
        gmtime_r(&now.tv_sec, &parts);
        char text[48];
        date_line_.assign(text, strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts));
    }
    return date_line_;
}

std::span<char> EventLoop::scratch() {
    if (!scratch_) scratch_ = std::make_unique_for_overwrite<char[]>(scratch_bytes);
    return {scratch_.get(), scratch_bytes};
}

// ---- LoopRef and Loops

void LoopRef::post(Task task) const {
    loop_->post(std::move(task));
}

void LoopRef::post_after(std::chrono::milliseconds delay, Task task) const {
    loop_->post_after(delay, std::move(task));
}

Loops::Loops(int threads) {
    for (int i = 0; i < std::max(1, threads); ++i) loops_.push_back(std::make_shared<EventLoop>());
}

Loops::~Loops() {
    stop();
}

void Loops::start() {
    for (const auto& loop : loops_) loop->start();
}

void Loops::stop() {
    for (const auto& loop : loops_) loop->stop();
}

void Loops::post(size_t index, Task task) {
    loop(index).post(std::move(task));
}

void Loops::post_after(size_t index, std::chrono::milliseconds delay, Task task) {
    loop(index).post_after(delay, std::move(task));
}

}  // namespace pinflow::net
