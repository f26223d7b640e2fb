// Records of n-0 that somebody kept, in memory, for tests.
#pragma once
#include <vector>

#include "sink/raw_history.h"

namespace pinflow::sink {

class KeptRecords final : public RawHistory {
  public:
    // An empty value is none. `failures`: so many reads fail first, in their middle.
    KeptRecords(int64_t first, std::vector<std::string> values, int& failures)
        : first_(first), values_(std::move(values)), failures_(failures) {}

    std::string where() const override { return "kept"; }
    Result<std::optional<int64_t>> first_offset(const std::string& topic, int32_t) override {
        return topic == "n" ? std::optional(first_) : std::nullopt;
    }
    Result<std::unique_ptr<RawReader>> read(const std::string&, int32_t, int64_t from, int64_t to,
                                            KnownRecords& known) override {
        return std::make_unique<Reader>(*this, from, to, known);
    }

  private:
    class Reader final : public RawReader {
      public:
        Reader(KeptRecords& kept, int64_t next, int64_t to, KnownRecords& known)
            : kept_(kept), next_(next), to_(to), known_(known) {}
        Result<bool> next(RawRecord& record) override {
            if (next_ >= to_) return false;
            if (next_ % 7 == 4 && kept_.failures_ > 0) {
                --kept_.failures_;
                return fail(Code::unavailable, "out of reach");
            }
            const auto index = static_cast<size_t>(next_ - kept_.first_);
            if (index >= kept_.values_.size() || kept_.values_[index].empty())
                return fail(Code::unsupported, "kept has nothing at offset {}", next_);
            PINFLOW_ASSIGN(const auto known, known_.between(next_, next_ + 1));
            record = {.offset = next_, .time_ms = known.empty() ? 0 : known[0].time_ms};
            record.bytes.value = as_bytes(kept_.values_[index]);
            ++next_;
            return true;
        }

      private:
        KeptRecords& kept_;
        int64_t next_;
        const int64_t to_;
        KnownRecords& known_;
    };

    const int64_t first_;
    const std::vector<std::string> values_;
    int& failures_;
};

inline OpenRawHistory kept_records(int64_t first, std::vector<std::string> values, int failures = 0) {
    return [=, left = std::make_shared<int>(failures)](
               const std::string& location) -> Result<std::unique_ptr<RawHistory>> {
        if (location != "kept") return fail(Code::not_found, "{} is not there", location);
        return std::make_unique<KeptRecords>(first, values, *left);
    };
}

}  // namespace pinflow::sink
