// Any request of any action, in JSON and CBOR: read and checked, or refused in the service's shape; and what was read
// lies within memory that the sanitizer watches.
#include <climits>
#include <cstdlib>

#include "base/json_text.h"
#include "kinesis/actions.h"

namespace {

using namespace pinflow;
using namespace pinflow::kinesis;

void check(bool holds) {
    if (!holds) std::abort();
}

constexpr std::string_view names[] = {"ListStreams",
                                      "DescribeStream",
                                      "CreateStream",
                                      "PutRecord",
                                      "PutRecords",
                                      "GetRecords",
                                      "ListShards",
                                      "GetShardIterator",
                                      "AddTagsToStream",
                                      "RemoveTagsFromStream",
                                      "UpdateStreamMode",
                                      "TagResource",
                                      "EnableEnhancedMonitoring",
                                      "StartStreamEncryption",
                                      "RegisterStreamConsumer",
                                      "ListStreamConsumers",
                                      "SubscribeToShard"};

size_t bytes_in(const Item& item) {
    size_t bytes = item.name().size();
    for (const char c : item.text()) bytes += c >= CHAR_MIN ? 1 : 0;  // reads every byte
    for (auto child = item.first(); child; child = child->next_before(item)) bytes += bytes_in(*child);
    return bytes;
}

void check_refusal(const ActionError& error) {
    check(error.status == 400);
    for (const Format format : {Format::json, Format::cbor}) {
        Document document;
        const std::string body = body_of(error, format);
        check(document.read(format, body).has_value());
        check(document.root().member("__type")->text() == error.type);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    static Document document;
    const auto format = data[0] % 2 == 0 ? Format::json : Format::cbor;
    const Action& action = *find_action(names[data[0] / 2 % std::size(names)]);
    const std::string body(reinterpret_cast<const char*>(data + 1), size - 1);
    if (const auto read = document.read(format, body); !read) {
        check(read.error().type == "SerializationException");
        check_refusal(read.error());
        return 0;
    }
    check(bytes_in(document.root()) <= body.size());
    const auto request = Request::check(document, action.fields);
    if (!request) {
        check_refusal(request.error());
        return 0;
    }
    if (const auto data_item = request->item("Data")) {
        if (const auto blob = blob_of(*data_item))
            check(blob->size() <= body.size());
        else
            check_refusal(blob.error());
    }
    return 0;
}
