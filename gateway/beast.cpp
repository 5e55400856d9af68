// The one place where Beast's bodies are compiled (BOOST_BEAST_SEPARATE_COMPILATION).

// GCC 12 takes an empty boost::optional for uninitialised under the address sanitizer.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#include <boost/beast/src.hpp>
