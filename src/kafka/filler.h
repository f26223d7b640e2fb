// For tests: puts something into every field that a version has.
#pragma once
#include <optional>

#include "kafka/types.h"
#include "kafka/walker.h"

namespace pinflow::kafka {

class Filler : public Walker {
  public:
    // `nulls`: whatever may be null is.
    Filler(int16_t version, bool flexible, bool nulls) : Walker(version, flexible), nulls_(nulls) {}

    template <Number T>
    void value(T& into) {
        into = static_cast<T>(next_++ % 100 + 1);
    }
    void value(Uuid& into) { into.bytes.fill(std::byte{0x5A}); }
    void value(std::string_view& into) { into = "some text"; }
    void value(std::string& into) { into = "some other text"; }
    void value(Bytes& into) { into = as_bytes("bytes"); }
    void value(Blob& into) { into.assign(5, std::byte{7}); }
    void value(Records& into) { into.chunks = {{.bytes = as_bytes("first ")}, {.bytes = as_bytes("second")}}; }
    template <Array T>
    void value(T& into) {
        into.resize(2);
        for (auto& element : into) value(element);
    }
    template <Structure T>
    void value(T& into) {
        T::fields(*this, into);
    }
    template <class T>
    void value(std::optional<T>& into) {
        into.reset();
        if (!nulls_) value(*(into = T{}));
    }
    template <class T>
    void not_null(std::optional<T>& into) {
        value(*(into = T{}));
    }
    template <class T>
    void tagged(uint32_t, T& into, const T&) {
        value(into);
    }

  private:
    bool nulls_;
    int next_ = 0;
};

}  // namespace pinflow::kafka
