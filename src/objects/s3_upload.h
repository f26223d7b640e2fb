// An object in parts: S3's multipart upload. One part is in memory at a time; what is shorter than a part is one put.
#pragma once
#include <string>
#include <vector>

#include "objects/s3_store.h"

namespace pinflow::objects {

class S3Upload final : public Upload {
  public:
    S3Upload(S3Store& store, std::string key, Write mode);
    S3Upload(const S3Upload&) = delete;
    S3Upload& operator=(const S3Upload&) = delete;
    ~S3Upload() override;

    Result<> write(Bytes piece) override;
    Result<Info> finish() override;
    Result<> abort() override;

  private:
    struct Part {
        std::string etag, checksum;
    };
    Result<> begin();
    Result<> send_part();
    Result<Info> complete();
    Result<Info> read_completed(const HttpAnswer& answer) const;
    std::string list_of_parts() const;

    S3Store& store_;
    std::string key_;
    Write mode_;
    std::string write_id_;
    std::string upload_id_;  // empty: nothing has been sent yet
    std::string buffer_;
    std::vector<Part> parts_;
    uint64_t size_ = 0;
    bool has_ended_ = false;
};

}  // namespace pinflow::objects
