// The members of one JSON object that no field takes, on their way into its _rescued column. Views only: the bytes stay
// alive until the object's end.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pinflow::engine {

class RescuedMembers {
  public:
    bool empty() const { return count_ == 0; }
    void clear();
    void add(std::string_view name, std::string_view json);  // of a name that is there already, the last counts
    void forget(std::string_view name);
    void append_object(std::string& out) const;  // in the order in which the names came first

  private:
    static constexpr size_t most_searched = 16;  // by looking at all of them
    struct Member {
        std::string_view name;
        std::string_view json;  // empty: forgotten
    };
    Member* find(std::string_view name);

    std::vector<Member> members_;
    std::unordered_map<std::string_view, size_t> places_;  // where there are many
    size_t count_ = 0;
};

}  // namespace pinflow::engine
