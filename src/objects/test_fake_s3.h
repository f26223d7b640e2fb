// S3 as far as the adapter uses it, in memory: what is honest to try against it is the adapter's behaviour when answers
// are lost, late, cut or refused. That the adapter speaks S3 is tried against a real server (tests/test_objects_s3.py).
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "objects/test_door.h"

namespace pinflow::objects {

class FakeS3 {
  public:
    struct Stored {
        std::string contents, etag, checksum, write_id;
    };
    // The bucket's name is "bucket"; there is no other.
    WireAnswer answer(const WireRequest& request);

    void put(const std::string& key, const std::string& contents, const std::string& write_id);  // somebody else does
    std::optional<std::string> contents(const std::string& key) const;
    size_t open_uploads() const;
    size_t most_in_page = 1000;           // of a listing, whatever is asked for
    int64_t clock_ms = -1;                // -1: takes any date
    std::string refused_token;            // session token that has expired
    int late_failures = 0;                // of the next completions: 200, and an error in the body
    std::vector<std::string> seen_dates;  // x-amz-date of each request

  private:
    struct Sent {
        std::string key, write_id;
        std::map<int, Stored> parts;
    };
    WireAnswer answer_object(const WireRequest& request, const std::string& key);
    WireAnswer answer_upload(const WireRequest& request, const std::string& key);
    WireAnswer complete(const WireRequest& request, const std::string& key);
    WireAnswer list(const WireRequest& request) const;
    WireAnswer get(const WireRequest& request, const std::string& key) const;
    WireAnswer put(const WireRequest& request, const std::string& key);
    std::optional<WireAnswer> refuse(const WireRequest& request);

    mutable std::mutex mutex_;
    std::map<std::string, Stored> objects_;
    std::map<std::string, Sent> uploads_;
    int next_upload_ = 0;
};

}  // namespace pinflow::objects
