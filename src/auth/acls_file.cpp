#include "auth/acls_file.h"

#include "auth/file_fields.h"
#include "base/json_writer.h"

namespace pinflow::auth {
namespace {

using simdjson::dom::element;

// A line an entry, so that people can read the file and compare two of them.
void append_acl(std::string& text, const Acl& acl) {
    JsonWriter json;
    json.begin_object().key("resource").string(word_of(acl.type)).key("name").string(acl.name);
    json.key("pattern").string(word_of(acl.pattern)).key("principal").string(acl.principal);
    json.key("host").string(acl.host).key("operation").string(word_of(acl.operation));
    json.key("permission").string(word_of(acl.permission)).end_object();
    text += json.text();
}

template <class Enum>
Result<> read_word(element from, std::string_view name, Enum& into) {
    PINFLOW_ASSIGN(const std::string word, text_of(from, name));
    const auto value = from_word<Enum>(word);
    if (!value) return fail(Code::corrupt, "there is no {} \"{}\"", name, word);
    into = *value;
    return {};
}

Result<Acl> read_acl(element from) {
    Acl acl;
    PINFLOW_TRY(read_word(from, "resource", acl.type));
    PINFLOW_ASSIGN(acl.name, text_of(from, "name"));
    PINFLOW_TRY(read_word(from, "pattern", acl.pattern));
    PINFLOW_ASSIGN(acl.principal, text_of(from, "principal"));
    PINFLOW_ASSIGN(const std::string host, text_of(from, "host"));
    acl.host = normal_host(host);
    PINFLOW_TRY(read_word(from, "operation", acl.operation));
    PINFLOW_TRY(read_word(from, "permission", acl.permission));
    PINFLOW_TRY(check_acl(acl));
    return acl;
}

}  // namespace

std::string write_acls(const std::set<Acl>& acls) {
    std::string text = "{\"version\":1,\"acls\":[";
    for (const Acl& acl : acls) {
        text += &acl == &*acls.begin() ? "\n" : ",\n";
        append_acl(text, acl);
    }
    return text + "\n]}\n";
}

Result<std::set<Acl>> read_acls(std::string_view text) {
    simdjson::dom::parser parser;
    PINFLOW_ASSIGN(const element root, parse_file(parser, text));
    std::set<Acl> acls;
    PINFLOW_ASSIGN(const auto entries, array_of(root, "acls"));
    size_t number = 0;
    for (const element each : entries) {
        ++number;
        auto acl = read_acl(each);
        if (!acl) return fail(Code::corrupt, "entry {}: {}", number, acl.error().message);
        acls.insert(std::move(*acl));
    }
    return acls;
}

}  // namespace pinflow::auth
