//! Every backend passes the same suite in the same run.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

extern crate watchfire_store as store;

#[path = "places/mod.rs"]
mod places;

mod memory {
    use store::contract::Store;
    use store::memory::MemoryStore;

    struct Fresh(MemoryStore);

    impl Fresh {
        fn store(&self) -> &dyn Store {
            &self.0
        }
    }

    async fn fresh() -> Fresh {
        Fresh(MemoryStore::empty())
    }

    store::conformance!(fresh);
}

mod sqlite {
    use store::contract::Store;
    use store::sqlite::SqliteStore;

    use crate::places::Place;

    struct Fresh {
        store: SqliteStore,
        _place: Place,
    }

    impl Fresh {
        fn store(&self) -> &dyn Store {
            &self.store
        }
    }

    async fn fresh() -> Fresh {
        let place = Place::made();
        Fresh { store: SqliteStore::open(&place.options()).await.unwrap(), _place: place }
    }

    store::conformance!(fresh);
}

mod sqlite_in_memory {
    use store::contract::Store;
    use store::sqlite::{SqliteOptions, SqliteStore};

    struct Fresh(SqliteStore);

    impl Fresh {
        fn store(&self) -> &dyn Store {
            &self.0
        }
    }

    async fn fresh() -> Fresh {
        Fresh(SqliteStore::open(&SqliteOptions::at(":memory:")).await.unwrap())
    }

    store::conformance!(fresh);
}
