// A persistent map from a text key to an immutable value: a copy costs one pointer, an insertion copies about 130
// pointers whatever the size, and copies never see each other's changes. Made for a table's live files, where every
// commit makes a new version of a map with thousands of entries. Reading one object from several threads is safe.
// Two levels of 64 by the key's hash: right up to some hundred thousand entries.
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pinflow::delta {

// KeyOf: const std::string& operator()(const T&).
template <class T, class KeyOf>
class HashTrie {
  public:
    using Pointer = std::shared_ptr<const T>;

    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    // The value under `key`, or null; valid as long as this object or a copy made before the next change.
    const T* find(std::string_view key) const {
        const size_t hash = hash_of(key);
        if (!root_) return nullptr;
        const auto& middle = (*root_)[first(hash)];
        if (!middle) return nullptr;
        const auto& leaf = (*middle)[second(hash)];
        if (!leaf) return nullptr;
        for (const Pointer& value : *leaf) {
            if (KeyOf()(*value) == key) return value.get();
        }
        return nullptr;
    }

    // Replaces a value with the same key.
    void insert(Pointer value) {
        const std::string& key = KeyOf()(*value);
        Leaf& leaf = writable_leaf(hash_of(key));
        for (Pointer& old : leaf) {
            if (KeyOf()(*old) == key) {
                old = std::move(value);
                return;
            }
        }
        leaf.push_back(std::move(value));
        ++size_;
    }
    void insert(T value) { insert(std::make_shared<const T>(std::move(value))); }

    // False if there was none.
    bool erase(std::string_view key) {
        if (!find(key)) return false;
        Leaf& leaf = writable_leaf(hash_of(key));
        std::erase_if(leaf, [&](const Pointer& value) { return KeyOf()(*value) == key; });
        --size_;
        return true;
    }

    // In no useful order, but always the same for the same history of keys.
    template <class Visit>
    void for_each(Visit&& visit) const {
        if (!root_) return;
        for (const auto& middle : *root_) {
            if (!middle) continue;
            for (const auto& leaf : *middle) {
                if (!leaf) continue;
                for (const Pointer& value : *leaf) visit(value);
            }
        }
    }

    std::vector<Pointer> all() const {
        std::vector<Pointer> values;
        values.reserve(size_);
        for_each([&](const Pointer& value) { values.push_back(value); });
        return values;
    }

  private:
    static constexpr size_t fan_out = 64;
    using Leaf = std::vector<Pointer>;
    using Middle = std::array<std::shared_ptr<const Leaf>, fan_out>;
    using Root = std::array<std::shared_ptr<const Middle>, fan_out>;

    static size_t hash_of(std::string_view key) { return std::hash<std::string_view>()(key); }
    static size_t first(size_t hash) { return hash % fan_out; }
    static size_t second(size_t hash) { return hash / fan_out % fan_out; }

    // New copies of the nodes on the way, put in place of the old ones; the caller changes the leaf at once.
    Leaf& writable_leaf(size_t hash) {
        auto root = root_ ? std::make_shared<Root>(*root_) : std::make_shared<Root>();
        auto& old_middle = (*root)[first(hash)];
        auto middle = old_middle ? std::make_shared<Middle>(*old_middle) : std::make_shared<Middle>();
        auto& old_leaf = (*middle)[second(hash)];
        auto leaf = old_leaf ? std::make_shared<Leaf>(*old_leaf) : std::make_shared<Leaf>();
        Leaf& writable = *leaf;
        old_leaf = std::move(leaf);
        old_middle = std::move(middle);
        root_ = std::move(root);
        return writable;
    }

    std::shared_ptr<const Root> root_;
    size_t size_ = 0;
};

}  // namespace pinflow::delta
