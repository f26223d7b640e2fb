// A table that neither reads, writes nor looks after its files until the end of the scope.
#pragma once
#include "sink/table_sink.h"

namespace pinflow::sink {

class Silence {
  public:
    explicit Silence(TableSink& sink) : sink_(sink) { sink_.pause(); }
    ~Silence() { sink_.resume(); }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

  private:
    TableSink& sink_;
};

}  // namespace pinflow::sink
