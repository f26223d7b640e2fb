#include "rest/whole_body.h"

namespace pinflow::rest {

void WholeBody::stream(net::Exchange& exchange, Workers* workers, Open open) {
    const auto body = std::make_shared<WholeBody>(exchange, workers);
    body->run([body, open = std::move(open)] {
        body->taker_ = open(*body);
        body->offer();
    });
}

void WholeBody::offer() {
    if (!answered_) taken_ += taker_->take(exchange_.request().body.substr(taken_), true);
}

void WholeBody::reply(net::Response response) {
    answered_ = true;
    exchange_.reply(std::move(response));
}

void WholeBody::resume() {
    run([self = shared_from_this()] { self->offer(); });
}

// The way in lives as long as the taker that keeps it, and that one as long as this.
net::Stream::Post WholeBody::post() const {
    return [self = std::const_pointer_cast<WholeBody>(shared_from_this())](Task task) { self->run(std::move(task)); };
}

void WholeBody::run(Task task) {
    {
        const std::scoped_lock lock(mutex_);
        tasks_.push_back(std::move(task));
        if (std::exchange(running_, true)) return;
    }
    auto job = [self = shared_from_this()] { self->run_all(); };
    workers_ == nullptr ? job() : workers_->run(std::move(job));
}

void WholeBody::run_all() {
    while (true) {
        Task task;
        {
            const std::scoped_lock lock(mutex_);
            if (tasks_.empty()) {
                running_ = false;
                if (answered_) taker_.reset();  // they keep each other alive
                return;
            }
            task = std::move(tasks_.front());
            tasks_.pop_front();
        }
        task();
    }
}

}  // namespace pinflow::rest
