#include "kinesis/kinesis.h"

#include "kinesis/actions.h"
#include "kinesis/consumers.h"
#include "kinesis/labels.h"
#include "kinesis/limits.h"
#include "kinesis/subscriptions.h"

namespace pinflow::kinesis {
namespace {

// One a thread, so that its memory is warm.
Document& document() {
    static thread_local Document instance;
    return instance;
}

}  // namespace

Kinesis::Kinesis(broker::Topics& topics, Clock& clock, Options options)
    : topics_(topics),
      clock_(clock),
      options_(std::move(options)),
      read_memory_(std::make_shared<net::MemoryBudget>(options_.read_memory_bytes)),
      choose_again_(
          [this](const Uuid& stream, auto records, auto late) { return choose_again(stream, records, late); }),
      limits_(options_.emulate_limits ? std::make_shared<Limits>(topics, clock, options_.account, names_of_actions())
                                      : nullptr),
      subscriptions_(std::make_shared<Subscriptions>(options_.emulate_limits)) {}

void Kinesis::act(std::string_view name, Call call, std::string_view body, Done done) {
    const Action* const action = find_action(name);
    if (action == nullptr) return done(std::unexpected(unknown_action(name)));
    if (call.exchange != nullptr) call.exchange->count_as(action->name);
    if (const auto read = document().read(call.format, body); !read) return done(std::unexpected(read.error()));
    const auto request = Request::check(document(), action->fields);
    if (!request) return done(std::unexpected(request.error()));
    if (limits_ != nullptr)
        if (auto in = let_in(*action, *request, done); !in) return done(std::unexpected(std::move(in).error()));
    const bool blocks = action->blocks != nullptr && options_.workers != nullptr && action->blocks(*this, *request);
    if (!blocks) return action->run(*this, *request, call, std::move(done));
    // The worker reads the request once more: what was read lies in this thread's memory.
    options_.workers->run(
        [this, action, format = call.format, again = std::string(body), done = std::move(done)]() mutable {
            (void)document().read(format, again);
            action->run(*this, *Request::check(document(), action->fields), format, std::move(done));
        });
}

// The stream that a request is for; null: none, or none that is there.
broker::TopicPtr Kinesis::subject_of(const Request& request) const {
    if (const auto arn = request.text("ConsumerARN")) {
        const auto consumer = ConsumerArn::parse(*arn);
        return consumer ? stream(consumer->stream).value_or(nullptr) : nullptr;
    }
    return stream_of(request).value_or(nullptr);
}

// By how often the action may be called. A call that is counted for the day and fails does not count after all.
ActionResult<void> Kinesis::let_in(const Action& action, const Request& request, Done& done) const {
    if (action.limit.a_second == 0 && action.limit.a_day == 0) return {};
    const broker::TopicPtr topic = subject_of(request);
    PINFLOW_TRY(limits_->call(action.name, action.limit, topic.get()));
    if (action.limit.a_day > 0 && topic)
        done = [limits = limits_, name = action.name, id = topic->id, done = std::move(done)](auto result) mutable {
            if (!result) limits->call_failed(name, id);
            done(std::move(result));
        };
    return {};
}

std::string_view stream_name_of_arn(std::string_view arn) {
    constexpr std::string_view front = ":stream/";
    const size_t at = arn.find(front);
    return at == arn.npos ? std::string_view() : arn.substr(at + front.size());
}

std::string Kinesis::arn(std::string_view name) const {
    return fmt::format("arn:aws:kinesis:{}:{}:stream/{}", options_.region, options_.account, name);
}

ActionError Kinesis::not_found(std::string_view name) const {
    return {"ResourceNotFoundException", fmt::format("Stream {} under account {} not found.", name, options_.account)};
}

ActionResult<broker::TopicPtr> Kinesis::stream(std::string_view name) const {
    Validation validation;
    validation.stream_name(name);
    PINFLOW_TRY(validation.result());
    broker::TopicPtr topic = topics_.find(name);
    if (!topic || !is_stream(*topic)) return std::unexpected(not_found(name));
    return topic;
}

ActionResult<std::string> Kinesis::name_of_stream(const Request& request) const {
    const auto name = request.text("StreamName"), arn = request.text("StreamARN");
    if (!arn) {
        Validation validation;
        validation.not_null(name.has_value(), "streamName");
        PINFLOW_TRY(validation.result());
        return std::string(*name);
    }
    const std::string_view named = stream_name_of_arn(*arn);
    if (name && *name != named)
        return std::unexpected(ActionError{
            "InvalidArgumentException", fmt::format("StreamName {} and StreamARN {} name two streams.", *name, *arn)});
    return std::string(named);
}

ActionResult<broker::TopicPtr> Kinesis::stream_of(const Request& request) const {
    PINFLOW_ASSIGN(const std::string name, name_of_stream(request));
    return stream(name);
}

bool Kinesis::put_creates(std::string_view name) const {
    const broker::TopicPtr topic = topics_.find(name);
    return (!topic || !is_stream(*topic)) && options_.may_auto_create && options_.may_auto_create(name);
}

ActionResult<void> Kinesis::edit_labels(const broker::Topic& topic,
                                        const std::function<ActionResult<void>(Labels&)>& change) {
    ActionResult<void> changed;
    const auto edited = topics_.edit_labels(topic.name, [&](Labels& labels) -> Result<> {
        changed = change(labels);
        return changed ? Result<>() : fail(Code::invalid, "{}", changed.error().message);
    });
    if (!changed || edited) return changed;
    return std::unexpected(error_of(edited.error()));
}

// A plain topic of that name becomes a stream too.
ActionResult<broker::TopicPtr> Kinesis::stream_to_put(std::string_view name) {
    auto found = stream(name);
    if (found || found.error().type != "ResourceNotFoundException" || !put_creates(name)) return found;
    const std::string text(name);
    if (const broker::TopicPtr topic = topics_.find(name)) {
        PINFLOW_TRY(edit_labels(*topic, [&](Labels& labels) {
            if (!is_stream(labels)) labels = labels_of_stream(labels, clock_.wall_ms());  // else somebody was first
            return ActionResult<void>();
        }));
        return stream(name);
    }
    const auto created = topics_.create(text, 1, {}, labels_of_stream({}, clock_.wall_ms()));
    if (!created && created.error().code != Code::exists) return std::unexpected(error_of(created.error()));
    return stream(name);  // also if somebody else was first
}

}  // namespace pinflow::kinesis
