// Which request of a consumer is which: paths, methods, media types, bodies.
#include "base/text.h"
#include "rest/consumer_refusals.h"
#include "rest/consumers.h"

namespace pinflow::rest {
namespace {

bool has_body(const net::Request& request) {
    return !trim(request.body).empty();
}

// A parameter of type long: nothing if it is there and is none.
std::optional<int64_t> number_parameter(const net::Request& request, std::string_view name) {
    const std::string text = request.query_parameter(name);
    return text.empty() ? std::optional<int64_t>(-1) : parse_int(text);
}

// What /metrics counts it under.
std::string_view operation_of(std::string_view resource) {
    constexpr std::string_view family = "consumers.";
    for (const std::string_view operation : {"consumers.subscription", "consumers.assignments", "consumers.records",
                                             "consumers.offsets", "consumers.positions"})
        if (operation.substr(family.size()) == resource) return operation;
    return "consumers.other";
}

template <class T>
bool refused(Asker& asker, const Parsed<T>& parsed) {
    if (!parsed) asker.refuse(parsed.error());
    return !parsed;
}

}  // namespace

void Consumers::handle(net::Exchange& exchange, std::span<const std::string_view> path) {
    const net::Request& request = exchange.request();
    const bool records = path.size() == 5 && path[4] == "records";
    if (path.size() < 2 || path.size() == 3 || path.size() > 6 || (path.size() > 3 && path[2] != "instances"))
        return exchange.reply(plain_error(404));
    if (has_body(request) && !is_v2_type(request.header("content-type"))) return exchange.reply(plain_error(415));
    const std::string_view type = records ? v2_json : accepted_type(request.header("accept"));
    if (type.empty()) return exchange.reply(plain_error(406));
    if (path.size() > 2) return handle_instance(exchange, path, type);
    if (request.method != "POST") return exchange.reply(plain_error(405));
    exchange.count_as("consumers.create");
    create(Asker(exchange, type), std::string(path[1]));
}

void Consumers::handle_instance(net::Exchange& exchange, std::span<const std::string_view> path,
                                std::string_view type) {
    Key key(path[1], path[3]);
    const std::string_view what = path.size() > 4 ? path[4] : "";
    exchange.count_as(operation_of(what));
    if (path.size() == 6 && what == "positions" && (path[5] == "beginning" || path[5] == "end"))
        return handle_positions({exchange, type}, std::move(key), path[5]);
    if (path.size() == 4) {
        if (exchange.request().method != "DELETE") return exchange.reply(plain_error(405));
        exchange.count_as("consumers.delete");
        return remove({exchange, type}, key);
    }
    if (path.size() != 5) return exchange.reply(plain_error(404));
    if (what == "subscription") return handle_subscription({exchange, type}, std::move(key));
    if (what == "assignments") return handle_assignments({exchange, type}, std::move(key));
    if (what == "records") return handle_records(exchange, std::move(key));
    if (what == "offsets") return handle_offsets({exchange, type}, std::move(key));
    if (what == "positions") return handle_positions({exchange, type}, std::move(key), "");
    exchange.reply(plain_error(404));
}

void Consumers::handle_subscription(Asker asker, Key key) {
    const std::string_view method = asker.request().method;
    if (method == "GET")
        return run(std::move(asker), key,
                   [](Consumer& consumer, Asker then) { consumer.tell_subscription(std::move(then)); });
    if (method == "DELETE")
        return run(std::move(asker), key,
                   [](Consumer& consumer, Asker then) { consumer.unsubscribe(std::move(then)); });
    if (method != "POST") return asker.reply(plain_error(405));
    auto wanted = parse_subscription(asker.request().body);
    if (refused(asker, wanted)) return;
    run(std::move(asker), key, [wanted = std::move(*wanted)](Consumer& consumer, Asker then) mutable {
        consumer.subscribe(std::move(then), std::move(wanted));
    });
}

void Consumers::handle_assignments(Asker asker, Key key) {
    const std::string_view method = asker.request().method;
    if (method == "GET")
        return run(std::move(asker), key, [](Consumer& consumer, Asker then) {
            consumer.when_settled(std::move(then),
                                  [](Consumer& settled, Asker last) { settled.tell_assignment(std::move(last)); });
        });
    if (method != "POST") return asker.reply(plain_error(405));
    auto partitions = parse_partitions(asker.request().body);
    if (refused(asker, partitions)) return;
    run(std::move(asker), key, [partitions = std::move(*partitions)](Consumer& consumer, Asker then) {
        consumer.assign(std::move(then), partitions);
    });
}

void Consumers::handle_offsets(Asker asker, Key key) {
    const std::string_view method = asker.request().method;
    const std::string_view body = asker.request().body;
    if (method == "GET") {
        if (is_empty(body)) return asker.refuse(partition_not_found());
        auto partitions = parse_partitions(body);
        if (refused(asker, partitions)) return;
        return run(std::move(asker), key, [partitions = std::move(*partitions)](Consumer& consumer, Asker then) {
            consumer.tell_committed(std::move(then), partitions);
        });
    }
    if (method != "POST") return asker.reply(plain_error(405));
    auto offsets = parse_offsets(body);
    if (refused(asker, offsets)) return;
    if (!*offsets) {
        const bool wait = !equals_ignoring_case(asker.request().query_parameter("async"), "true");
        return run(std::move(asker), key, [wait](Consumer& consumer, Asker then) {
            consumer.when_settled(
                std::move(then), [wait](Consumer& settled, Asker last) { settled.commit_read(std::move(last), wait); });
        });
    }
    run(std::move(asker), key, [offsets = std::move(**offsets)](Consumer& consumer, Asker then) mutable {
        consumer.when_settled(std::move(then), [offsets = std::move(offsets)](Consumer& settled, Asker last) mutable {
            settled.commit(std::move(last), std::move(offsets));
        });
    });
}

void Consumers::handle_positions(Asker asker, Key key, std::string_view where) {
    if (asker.request().method != "POST") return asker.reply(plain_error(405));
    if (where.empty()) {
        auto places = parse_places(asker.request().body);
        if (refused(asker, places)) return;
        return run(std::move(asker), key, [places = std::move(*places)](Consumer& consumer, Asker then) mutable {
            consumer.when_settled(std::move(then), [places = std::move(places)](Consumer& settled, Asker last) {
                settled.seek(std::move(last), places);
            });
        });
    }
    auto partitions = parse_partitions(asker.request().body);
    if (refused(asker, partitions)) return;
    const auto end = where == "end" ? Consumer::End::end : Consumer::End::beginning;
    run(std::move(asker), key, [end, partitions = std::move(*partitions)](Consumer& consumer, Asker then) mutable {
        consumer.when_settled(std::move(then),
                              [end, partitions = std::move(partitions)](Consumer& settled, Asker last) {
                                  settled.seek_to(std::move(last), partitions, end);
                              });
    });
}

void Consumers::handle_records(net::Exchange& exchange, Key key) {
    const net::Request& request = exchange.request();
    if (request.method != "GET") return exchange.reply(plain_error(405));
    const auto wait_ms = number_parameter(request, "timeout");
    const auto most_bytes = number_parameter(request, "max_bytes");
    if (!wait_ms || !most_bytes) return exchange.reply(plain_error(404));  // as JAX-RS takes a wrong parameter
    if (accepted_type(request.header("accept")).empty()) return exchange.reply(plain_error(406));
    const auto consumer = find(key);
    if (!consumer) return exchange.reply(answer(missing()));
    const auto type = accepted_records_type(request.header("accept"), consumer->format());
    if (!type) return exchange.reply(answer(format_mismatch()));
    consumer->post(Asker(exchange, *type), [wait = *wait_ms, most = *most_bytes](Consumer& there, Asker then) {
        there.read(std::move(then), wait, most);
    });
}

}  // namespace pinflow::rest
