// Calls to one bucket: signed, tried again as docs/objects.md ("Tries") has it, errors told apart. Thread-safe; blocks.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>

#include "objects/credentials.h"
#include "objects/s3_error.h"
#include "objects/s3_sign.h"
#include "objects/surroundings.h"
#include "objects/url.h"

namespace pinflow::objects {

// Where the place is, with region and endpoint from environment and profile where the URL leaves them out.
Result<S3Address> find_address(const S3Place& place, const Surroundings& around);

// How long to wait before try `number` (1: the second one): full jitter, `chance` from 0 to 1.
int64_t pause_ms(int number, Retry why, double chance);

class S3Client {
  public:
    S3Client(const S3Place& place, S3Address address, const Surroundings& around);

    // A success (2xx), or what went wrong with the last try; may_be_done if that holds for any of them.
    std::expected<HttpAnswer, S3Error> call(const S3Call& call);
    std::string name_of(const std::string& key) const;  // "s3://bucket/key", for messages

  private:
    std::expected<HttpAnswer, S3Error> try_once(const S3Call& call, const std::string& what);
    std::expected<HttpAnswer, S3Error> send(const S3Call& call, const std::optional<Credentials>& credentials,
                                            const std::string& what);
    void set_clock_by(const HttpAnswer& answer);
    bool wait(int64_t ms);
    double chance();

    std::string bucket_;
    S3Address address_;
    Surroundings around_;
    int attempts_;
    bool is_anonymous_;
    CredentialChain credentials_;
    HttpClient http_;
    std::atomic<int64_t> clock_ahead_ms_ = 0;  // of the store's clock, before ours
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::mt19937_64 random_;
};

}  // namespace pinflow::objects
