// Small listings that do not come from SQL, in the same formats as those that do.
#pragma once
#include <string>
#include <vector>

#include "engine/result_format.h"

namespace pinflow::console {

class TextTable {
  public:
    // Columns from `first_number` on hold numbers (or null): bare in JSON. An empty text is null there.
    TextTable(std::vector<std::string> columns, size_t first_number) : first_number_(first_number) {
        lines_.push_back(std::move(columns));
    }
    void add(std::vector<std::string> line) { lines_.push_back(std::move(line)); }
    std::string write(engine::Format format) const;

  private:
    std::string aligned() const;
    std::string csv() const;
    std::string object(const std::vector<std::string>& line) const;

    size_t first_number_;
    std::vector<std::vector<std::string>> lines_;  // the first is the header
};

}  // namespace pinflow::console
