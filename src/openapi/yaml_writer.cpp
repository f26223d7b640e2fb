// A tree as YAML, by libyaml's emitter.
#include <yaml.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "openapi/document.h"
#include "openapi/yaml_plain.h"

namespace pinflow::openapi {
namespace {

// Older readers take these for true and false, or for a merge.
bool means_more(std::string_view text) {
    for (const char* word : {"y", "n", "yes", "no", "on", "off", "<<", "="})
        if (equals_ignoring_case(text, word)) return true;
    return false;
}

class Writer {
  public:
    Writer() {
        ready_ = yaml_emitter_initialize(&emitter_) != 0;
        if (!ready_) return;
        yaml_emitter_set_output(&emitter_, &Writer::take, this);
        yaml_emitter_set_unicode(&emitter_, 1);
        yaml_emitter_set_width(&emitter_, -1);
    }
    ~Writer() {
        if (ready_) yaml_emitter_delete(&emitter_);
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    std::string write(const Json& document) {
        if (!ready_) return "";
        emit([](yaml_event_t& event) { return yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING); });
        emit([](yaml_event_t& event) {
            return yaml_document_start_event_initialize(&event, nullptr, nullptr, nullptr, 1);
        });
        value(document);
        emit([](yaml_event_t& event) { return yaml_document_end_event_initialize(&event, 1); });
        emit([](yaml_event_t& event) { return yaml_stream_end_event_initialize(&event); });
        return std::move(out_);
    }

  private:
    static int take(void* self, unsigned char* buffer, size_t size) {
        static_cast<Writer*>(self)->out_ += as_text(std::as_bytes(std::span(buffer, size)));
        return 1;
    }
    // The emitter keeps the event, whatever comes of it.
    void emit(auto make) {
        yaml_event_t event;
        if (make(event) != 0) yaml_emitter_emit(&emitter_, &event);
    }
    void scalar(std::string_view text, yaml_scalar_style_t style) {
        std::vector<yaml_char_t> bytes(text.begin(), text.end());
        bytes.push_back(0);
        emit([&](yaml_event_t& event) {
            return yaml_scalar_event_initialize(&event, nullptr, nullptr, bytes.data(), static_cast<int>(text.size()),
                                                1, 1, style);
        });
    }
    void text(const std::string& text) {
        const bool is_other = yaml_plain_value(text).text() == nullptr || means_more(text);
        const bool lines = text.contains('\n') && !text.contains(" \n") && !text.contains('\t') && !text.contains('\r');
        scalar(text, is_other ? YAML_DOUBLE_QUOTED_SCALAR_STYLE
                     : lines  ? YAML_LITERAL_SCALAR_STYLE
                              : YAML_ANY_SCALAR_STYLE);
    }
    void value(const Json& json) {
        if (const JsonObject* const object = json.object()) {
            emit([](yaml_event_t& event) {
                return yaml_mapping_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_MAPPING_STYLE);
            });
            for (const auto& [name, member] : object->members()) {
                text(name);
                value(member);
            }
            emit([](yaml_event_t& event) { return yaml_mapping_end_event_initialize(&event); });
        } else if (const JsonList* const list = json.list()) {
            emit([](yaml_event_t& event) {
                return yaml_sequence_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_SEQUENCE_STYLE);
            });
            for (const Json& item : *list) value(item);
            emit([](yaml_event_t& event) { return yaml_sequence_end_event_initialize(&event); });
        } else if (const std::string* const string = json.text()) {
            text(*string);
        } else {
            scalar(json.compact(), YAML_PLAIN_SCALAR_STYLE);
        }
    }

    yaml_emitter_t emitter_{};
    bool ready_ = false;
    std::string out_;
};

}  // namespace

std::string write_yaml(const Json& document) {
    return Writer().write(document);
}

}  // namespace pinflow::openapi
