#include "objects/open.h"

#include "objects/file_store.h"
#include "objects/s3_store.h"
#include "objects/url.h"

namespace pinflow::objects {

Result<std::unique_ptr<ObjectStore>> open_store(std::string_view url, const Surroundings& around) {
    PINFLOW_ASSIGN(const Place place, parse_url(url));
    if (const auto* files = std::get_if<FilePlace>(&place))
        return std::make_unique<FileStore>(around.disk, around.clock, files->folder);
    return open_s3(std::get<S3Place>(place), around);
}

}  // namespace pinflow::objects
