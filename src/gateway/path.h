// What the raw path of a request means at this door: an optional stage, and the resource behind it.
#pragma once
#include <array>
#include <span>
#include <string>
#include <string_view>

namespace pinflow::gateway {

enum class Resource {
    rest,     // the REST Proxy's; the empty path too
    streams,  // Kinesis
    unknown,
};

Resource resource_of(std::string_view first_segment);  // without a stage

// Segments are percent-decoded; empty ones (double and trailing slashes) do not count. Views into the path given, or
// into this object: it stays where it is.
class Path {
  public:
    explicit Path(std::string_view raw);
    Path(const Path&) = delete;
    Path& operator=(const Path&) = delete;

    bool broken() const { return broken_; }      // a percent sign without two hexadecimal digits
    bool too_long() const { return too_many_; }  // more segments than any route has
    bool staged() const { return staged_; }      // something stands in front of the resource
    // What stands in front, or alone, and is no resource; empty if there is nothing of that kind.
    std::string_view stage() const {
        return staged_ || (count_ == 1 && resource_ == Resource::unknown) ? segments_[0] : std::string_view{};
    }
    Resource resource() const { return resource_; }
    // Without the stage: {"topics", "a.pin"}.
    std::span<const std::string_view> segments() const {
        return std::span(segments_).subspan(staged_, count_ - staged_);
    }

  private:
    static constexpr size_t max_segments = 12;  // more than any route has: v3's assignments, with a stage

    void add(std::string_view raw);
    void classify();

    std::array<std::string_view, max_segments> segments_;
    std::array<std::string, max_segments> decoded_;
    size_t count_ = 0;
    bool too_many_ = false;
    bool broken_ = false;
    bool staged_ = false;
    Resource resource_ = Resource::unknown;
};

}  // namespace pinflow::gateway
