// A store in a folder of its own, and short ways to fill and read it.
#pragma once
#include <filesystem>

#include "base/uuid.h"
#include "objects/open.h"

namespace pinflow::importer {

struct TestStore {
    TestStore() { std::filesystem::create_directories(folder); }
    ~TestStore() { std::filesystem::remove_all(folder); }
    TestStore(const TestStore&) = delete;
    TestStore& operator=(const TestStore&) = delete;

    std::unique_ptr<objects::ObjectStore> open() const {
        return objects::open_store("file://" + folder.string(), {}).value();
    }
    objects::Info put(const std::string& key, const std::string& contents) const {
        return open()->put(key, as_bytes(contents), objects::Write::replace).value();
    }

    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("pinflow-importer-" + Uuid::random().text());
};

}  // namespace pinflow::importer
