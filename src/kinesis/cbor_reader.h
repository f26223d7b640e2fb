// CBOR (RFC 8949) into a document: all that application/x-amz-cbor-1.1 uses, and indefinite lengths. A time is tag 1
// around whole milliseconds, against the RFC, as the AWS SDKs send it. Lengths are never trusted.
#pragma once
#include "kinesis/document.h"

namespace pinflow::kinesis {

class CborReader {
  public:
    CborReader(Document& into, std::string_view body) : into_(into), rest_(body) {}
    std::string_view read();  // what is wrong; empty: nothing

  private:
    struct Head {
        uint8_t major;
        uint8_t info;
        uint64_t value;
        bool indefinite() const { return info == 31; }
    };

    bool fail(std::string_view problem) { return problem_ = problem, false; }
    bool read_head(Head& head);
    bool at_break();
    bool read_item(std::string_view name, size_t depth);
    bool read_text(const Head& head, std::string_view& into);
    bool read_joined(uint8_t major, std::string_view& into);
    bool read_key(std::string_view& into);
    bool read_children(const Head& head, size_t depth);
    bool read_tagged(uint64_t tag, std::string_view name, size_t depth);
    bool read_simple(const Head& head);

    Document& into_;
    std::string_view rest_;
    std::string_view problem_;
};

}  // namespace pinflow::kinesis
