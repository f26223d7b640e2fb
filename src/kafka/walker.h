// How a message says which of its fields exist in which version. Each message has one list of its fields, in wire
// order, that the Decoder and the Encoder both walk:
//
//   struct HeartbeatRequest {
//       static constexpr const Api& api = api::heartbeat;
//       std::string_view group_id;
//       int32_t generation_id = 0;
//       std::string_view member_id;
//       std::optional<std::string_view> group_instance_id;   // optional: null on the wire
//
//       static void fields(auto& io, auto& m) {
//           io(m.group_id, m.generation_id, m.member_id);
//           io.since(3, m.group_instance_id);
//       }
//   };
//
// Tagged fields come last: io.tag(0, m.x), or io.tag_since(10, 0, m.x) where the version that brought the field is
// newer than the first flexible one. A tagged field that equals its default is not sent; the default is T{}, or the
// last argument. Whether lengths are compact and structs end in tags follows from Api::flexible, not from the list.
#pragma once
#include <cstdint>
#include <type_traits>

namespace pinflow::kafka {

class Walker {
  public:
    int16_t version() const { return version_; }
    bool flexible() const { return flexible_; }

    void operator()(this auto& self, auto&... values) { (self.value(values), ...); }
    void since(this auto& self, int16_t first, auto&... values) {
        if (self.version() >= first) (self.value(values), ...);
    }
    void until(this auto& self, int16_t last, auto&... values) {
        if (self.version() <= last) (self.value(values), ...);
    }
    void between(this auto& self, int16_t first, int16_t last, auto&... values) {
        if (self.version() >= first && self.version() <= last) (self.value(values), ...);
    }
    // For what may be null in newer versions only: in older ones null is refused, and written as empty.
    template <class T>
    void nullable_since(this auto& self, int16_t first, T& value) {
        if (self.version() >= first) {
            self.value(value);
        } else {
            self.not_null(value);
        }
    }
    template <class T>
    void tag(this auto& self, uint32_t number, T& value, const std::type_identity_t<T>& missing = {}) {
        if (self.flexible()) self.tagged(number, value, missing);
    }
    template <class T>
    void tag_since(this auto& self, int16_t first, uint32_t number, T& value,
                   const std::type_identity_t<T>& missing = {}) {
        if (self.version() >= first) self.tag(number, value, missing);
    }

  protected:
    Walker(int16_t version, bool flexible) : version_(version), flexible_(flexible) {}

  private:
    int16_t version_;
    bool flexible_;
};

}  // namespace pinflow::kafka
