// The object store port: objects by key, as S3 knows them. Two adapters, files and S3, chosen by URL (open.h).
//
// Keys are UTF-8, 1 to 1024 bytes; listings are in the order of their bytes. An object appears whole or not at all, and
// what has been answered is durable. All calls are thread-safe, and they block: run them on workers, never on an event
// loop. Errors (docs/objects.md has the table) are told apart by the codes below.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace pinflow::objects {

// The words of an object store for base's codes.
inline constexpr Code absent = Code::not_found;  // no such object (a missing bucket is `denied`: a setting is wrong)
inline constexpr Code taken = Code::exists;      // if_absent, and there is an object already
inline constexpr Code denied = Code::invalid;    // can never work: rights, credentials, bucket, key, settings
inline constexpr Code unreachable = Code::unavailable;  // throttled or out of reach for longer than we try: not done
inline constexpr Code unsure = Code::timeout;           // a write that may have been done, or may yet be

struct Info {
    std::string key;
    uint64_t size = 0;
    std::string etag;         // without quotes; another one whenever the contents are written anew
    int64_t modified_ms = 0;  // since 1970 UTC; S3 knows seconds
};

struct Object {
    Info info;  // size: of the whole object, whatever part of it was asked for
    std::string contents;
};

struct Range {
    uint64_t offset = 0;
    uint64_t size = UINT64_MAX;  // cut at the object's end
};

enum class Write : uint8_t { replace, if_absent };

struct NewObject {
    std::string key;
    Bytes contents;
};

struct ListRequest {
    std::string prefix;
    std::string delimiter;  // keys that have it behind the prefix are rolled up into `prefixes`
    std::string after;      // keys up to this one are left out
    std::string page;       // `next` of the page before; empty: the first
    size_t most = 1000;     // objects and prefixes together; the store may give fewer, even none
};

struct ListPage {
    std::vector<Info> objects;
    std::vector<std::string> prefixes;
    std::string next;  // means something to this store alone; empty: this was the last page
};

// An object that is written piece by piece, in bounded memory. It is not there before finish(); destroyed without it,
// it is aborted. One thread at a time.
class Upload {
  public:
    virtual ~Upload() = default;
    virtual Result<> write(Bytes piece) = 0;
    virtual Result<Info> finish() = 0;  // as put(); after an error there is nothing to go on with
    virtual Result<> abort() = 0;       // leaves nothing behind; an error says what may be left, and where
};

class ObjectStore {
  public:
    virtual ~ObjectStore() = default;

    // if_absent: `taken` if there is an object, which then stays as it is. Of several who try, one succeeds.
    virtual Result<Info> put(const std::string& key, Bytes contents, Write mode) = 0;
    // All of them, each replacing what is there; together they cost less than one by one. After an error some may be
    // written: trying again with all of them is right.
    virtual Result<> put_all(std::span<const NewObject> objects) = 0;
    // Two calls may see two objects if somebody replaces it in between: compare etags.
    virtual Result<Object> get(const std::string& key, std::optional<Range> range) = 0;
    virtual Result<Info> head(const std::string& key) = 0;
    virtual Result<ListPage> list(const ListRequest& request) = 0;
    virtual Result<> remove(const std::string& key) = 0;  // nothing there: done
    virtual Result<std::unique_ptr<Upload>> upload(const std::string& key, Write mode) = 0;
};

// What every store asks of a key, whatever it keeps it in.
Result<> check_key(std::string_view key);

}  // namespace pinflow::objects
