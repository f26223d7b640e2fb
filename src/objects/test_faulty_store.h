// A store that does to calls what networks do to requests. Header only: the tests of tables use it too.
#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <mutex>

#include "objects/store.h"

namespace pinflow::objects {

// Counts the calls that change something, and spoils them from number `first` on, `count` of them. Calls that only ask
// fail, as one that is refused, while `count` is endless and its beginning is past.
class FaultyStore final : public ObjectStore {
  public:
    enum class Fault : uint8_t {
        refused,   // out of reach: not done
        lost,      // done, and the answer is lost
        late,      // the answer is lost, and it is done when the next call comes
        vanished,  // the answer is lost, and it never arrives
    };
    static constexpr int for_ever = 1 << 20;

    explicit FaultyStore(std::shared_ptr<ObjectStore> inner, Fault fault = Fault::refused, int first = for_ever,
                         int count = 0)
        : inner_(std::move(inner)), fault_(fault), first_(first), count_(count) {}

    int calls() const { return calls_; }
    int reads() const { return reads_; }
    void be_away(bool away) { away_ = away; }

    Result<Info> put(const std::string& key, Bytes contents, Write mode) override {
        const std::string kept(as_text(contents));
        return change<Info>(key, [this, key, kept, mode] { return inner_->put(key, as_bytes(kept), mode); });
    }
    Result<> put_all(std::span<const NewObject> objects) override { return inner_->put_all(objects); }
    Result<Object> get(const std::string& key, std::optional<Range> range) override {
        PINFLOW_TRY(ask(key));
        return inner_->get(key, range);
    }
    Result<Info> head(const std::string& key) override {
        PINFLOW_TRY(ask(key));
        return inner_->head(key);
    }
    Result<ListPage> list(const ListRequest& request) override {
        PINFLOW_TRY(ask(request.prefix));
        return inner_->list(request);
    }
    Result<> remove(const std::string& key) override {
        return change<void>(key, [this, key] { return inner_->remove(key); });
    }
    Result<std::unique_ptr<Upload>> upload(const std::string& key, Write mode) override {
        return std::make_unique<FaultyUpload>(*this, key, mode);
    }

  private:
    class FaultyUpload final : public Upload {
      public:
        FaultyUpload(FaultyStore& store, std::string key, Write mode)
            : store_(store), key_(std::move(key)), mode_(mode) {}
        Result<> write(Bytes piece) override {
            contents_ += as_text(piece);
            return {};
        }
        Result<Info> finish() override { return store_.put(key_, as_bytes(contents_), mode_); }
        Result<> abort() override { return {}; }

      private:
        FaultyStore& store_;
        std::string key_;
        Write mode_;
        std::string contents_;
    };

    bool is_spoiled(int call) const { return call >= first_ && call - first_ < count_; }

    Result<> ask(const std::string& key) {
        ++reads_;
        arrive();
        if (away_ || (count_ == for_ever && calls_ >= first_)) return away(key);
        return {};
    }
    template <class T>
    Result<T> change(const std::string& key, std::function<Result<T>()> work) {
        const int call = ++calls_;
        arrive();
        if (away_) return away(key);
        if (!is_spoiled(call)) return work();
        if (fault_ == Fault::refused) return away(key);
        if (fault_ == Fault::lost) (void)work();
        if (fault_ == Fault::late) {
            const std::scoped_lock lock(mutex_);
            late_.emplace_back([work] { (void)work(); });
        }
        return fail(unsure, "PUT {}: no answer", key);
    }
    void arrive() {
        std::deque<std::function<void()>> due;
        {
            const std::scoped_lock lock(mutex_);
            due.swap(late_);
        }
        for (const auto& work : due) work();
    }
    static std::unexpected<Error> away(const std::string& key) {
        return fail(unreachable, "{}: 503 SlowDown (after 8 tries)", key);
    }

    const std::shared_ptr<ObjectStore> inner_;
    const Fault fault_;
    const int first_;
    const int count_;
    std::atomic<int> calls_ = 0;
    std::atomic<int> reads_ = 0;
    std::atomic<bool> away_ = false;
    std::mutex mutex_;
    std::deque<std::function<void()>> late_;
};

}  // namespace pinflow::objects
