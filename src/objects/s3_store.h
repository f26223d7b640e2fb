// Objects in a bucket of S3, or of what speaks its protocol: MinIO, Ceph, R2, versitygw (docs/objects.md, "S3").
#pragma once
#include <memory>

#include "objects/s3_client.h"
#include "objects/store.h"

namespace pinflow::objects {

class S3Store final : public ObjectStore {
  public:
    S3Store(const S3Place& place, S3Address address, const Surroundings& around);

    Result<Info> put(const std::string& key, Bytes contents, Write mode) override;
    Result<> put_all(std::span<const NewObject> objects) override;
    Result<Object> get(const std::string& key, std::optional<Range> range) override;
    Result<Info> head(const std::string& key) override;
    Result<ListPage> list(const ListRequest& request) override;
    Result<> remove(const std::string& key) override;
    Result<std::unique_ptr<Upload>> upload(const std::string& key, Write mode) override;

  private:
    friend class S3Upload;
    // What is under a key, and the mark of the write that put it there.
    struct Seen {
        Info info;
        std::string write_id;
    };
    Result<Seen> look(const std::string& key);
    Result<> check_bucket();
    // A conditional write without a clear answer, or refused because something is there: was it ours?
    Result<Info> settle(S3Error failed, const std::string& key, const std::string& write_id, Write mode);
    Result<Object> get_once(const std::string& key, std::optional<Range> range);
    Result<std::string> full_key(const std::string& key) const;
    void add_checksum(S3Call& call) const;

    S3Client client_;
    std::string prefix_;
    bool checksums_;
    size_t part_bytes_;
    std::atomic<bool> bucket_is_there_ = false;
};

Result<std::unique_ptr<ObjectStore>> open_s3(const S3Place& place, const Surroundings& around);

}  // namespace pinflow::objects
