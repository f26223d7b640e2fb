// Any text as a shard iterator: refused, unless it is what an iterator is written as; sealed content comes back.
#include <cstdlib>

#include "kinesis/iterator.h"
#include "kinesis/token.h"

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using pinflow::kinesis::ShardIterator;
    using pinflow::kinesis::TokenKind;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto iterator = ShardIterator::parse(text)) check(iterator->text() == text);
    const std::string sealed = pinflow::kinesis::seal(TokenKind::iterator, text);
    check(pinflow::kinesis::unseal(TokenKind::iterator, sealed) == text);
    check(!pinflow::kinesis::unseal(TokenKind::shards, sealed));
    if (const auto iterator = ShardIterator::parse(sealed)) check(ShardIterator::parse(iterator->text()) == iterator);
    return 0;
}
