// The Kinesis routes of the gateway's tutorial: /streams, /streams/{s} and its /record, /records, /sharditerator. The
// stream may also stand in the query (?stream-name=) or, last of all, in the body of a put.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "base/workers.h"
#include "gateway/refusals.h"
#include "kinesis/kinesis.h"
#include "net/http.h"

namespace pinflow::gateway {

class Streams {
  public:
    // `workers` take what blocks (the first put to a new stream); null: the calling thread does it.
    Streams(kinesis::Kinesis& kinesis, Workers* workers, const Refusals& refusals)
        : kinesis_(kinesis), workers_(workers), refusals_(refusals) {}

    // `path` is what follows "streams"; needed only during the call.
    void handle(net::Exchange& exchange, std::span<const std::string_view> path);
    // PutRecord or, with `many`, PutRecords. Without a name the body has it.
    void put(net::Exchange& exchange, std::string_view name, bool many);

  private:
    void list(net::Exchange& exchange);
    void create(net::Exchange& exchange, std::string_view name);
    void get_iterator(net::Exchange& exchange, std::string_view name);
    void get_records(net::Exchange& exchange, std::string_view name);
    void act(net::Exchange& exchange, std::string_view action, JsonWriter request);
    // `turn`: inside whose handle() this is; null: elsewhere.
    void put_now(net::Exchange& exchange, std::string_view name, bool many, net::Exchange* turn);
    void run_blocking(std::move_only_function<void()> job);

    kinesis::Kinesis& kinesis_;
    Workers* workers_;
    const Refusals& refusals_;
};

}  // namespace pinflow::gateway
