//! Tests of the adapters. They stand here and not with the adapters because people copy those.
