#include "objects/xml.h"

#include <expat.h>

#include <memory>
#include <vector>

namespace pinflow::objects {
namespace {

constexpr size_t deepest = 16;
constexpr size_t longest_text = 64 << 10;
constexpr size_t longest_name = 256;

struct Reading {
    XML_Parser parser = nullptr;
    const XmlTaker& take;
    std::string path = {};
    std::vector<size_t> starts = {};  // of each name in `path`
    std::string text = {};
    bool is_leaf = false;
    std::string refusal = {};

    void refuse(std::string why) {
        refusal = std::move(why);
        XML_StopParser(parser, XML_FALSE);
    }
};

Reading& reading(void* data) {
    return *static_cast<Reading*>(data);
}

void begin_element(void* data, const XML_Char* name, const XML_Char** /*attributes*/) {
    Reading& at = reading(data);
    std::string_view local = name;
    if (const size_t colon = local.rfind(':'); colon != std::string_view::npos) local.remove_prefix(colon + 1);
    if (at.starts.size() >= deepest || local.size() > longest_name) return at.refuse("it is nested too deeply");
    at.starts.push_back(at.path.size());
    if (!at.path.empty()) at.path += '/';
    at.path += local;
    at.text.clear();
    at.is_leaf = true;
}

void end_element(void* data, const XML_Char* /*name*/) {
    Reading& at = reading(data);
    at.take(at.path, at.is_leaf ? std::move(at.text) : std::string());
    at.text.clear();
    at.is_leaf = false;
    at.path.resize(at.starts.back());
    at.starts.pop_back();
}

void take_text(void* data, const XML_Char* text, int size) {
    Reading& at = reading(data);
    if (at.text.size() + static_cast<size_t>(size) > longest_text) return at.refuse("it has a text that is too long");
    at.text.append(text, static_cast<size_t>(size));
}

void refuse_document_type(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    reading(data).refuse("it declares a document type");
}

}  // namespace

Result<> parse_xml(std::string_view document, const XmlTaker& take) {
    if (document.size() > INT32_MAX) return fail(Code::corrupt, "an XML answer of {} bytes", document.size());
    const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(XML_ParserCreate(nullptr),
                                                                              XML_ParserFree);
    if (!parser) return fail(Code::internal, "no memory for an XML answer");
    Reading at{.parser = parser.get(), .take = take};
    XML_SetUserData(parser.get(), &at);
    XML_SetElementHandler(parser.get(), &begin_element, &end_element);
    XML_SetCharacterDataHandler(parser.get(), &take_text);
    XML_SetStartDoctypeDeclHandler(parser.get(), &refuse_document_type);
    if (XML_Parse(parser.get(), document.data(), static_cast<int>(document.size()), XML_TRUE) == XML_STATUS_OK)
        return {};
    const std::string why = at.refusal.empty() ? XML_ErrorString(XML_GetErrorCode(parser.get())) : at.refusal;
    return fail(Code::corrupt, "the answer is no XML that can be read: {} (line {})", why,
                XML_GetCurrentLineNumber(parser.get()));
}

std::string xml_escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

}  // namespace pinflow::objects
