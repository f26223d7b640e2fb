// A C library's own way to free what it made, for std::unique_ptr: unique_ptr<X509, Release<X509_free>>.
#pragma once

namespace pinflow {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* object) const {
        release(object);
    }
};

}  // namespace pinflow
