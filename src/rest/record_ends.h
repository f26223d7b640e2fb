// Where the JSON objects of a stream end: they stand behind each other with nothing or blanks between, and come in
// pieces. Looks at quotes and braces only: whether an object is JSON says who reads it. Each byte is looked at once.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace pinflow::rest {

class RecordEnds {
  public:
    // Where in `text` the next objects end, at most `most`. `text` goes on where the last call left it: what it said is
    // done with is taken off the front, and more may have come behind.
    const std::vector<size_t>& find(std::string_view text, size_t most);
    // So many bytes are done with: the objects that were found, and the blanks behind them.
    size_t take_done();
    // Behind what is done with stands something that is no object.
    bool met_something_else() const { return strange_; }

  private:
    void step_between(std::string_view text);
    void step_inside(std::string_view text);
    void step_string(std::string_view text);

    std::vector<size_t> ends_;
    size_t scanned_ = 0;
    size_t begin_ = 0;  // of the object that is open
    size_t depth_ = 0;
    bool in_string_ = false;
    bool escaped_ = false;
    bool strange_ = false;
};

}  // namespace pinflow::rest
