impl<T: Table> Repository for Sql<T> {
    type Id = T::Id;
    /// Finds a row.
    async fn find(&self, id: Self::Id) -> Result<T, Error> {
        static __FUNCTION: ::two_tier_cache::__private::Function = ::two_tier_cache::__private::Function::new(
            ::core::concat!(::core::module_path!(), "::", "find"),
            "row",
            {
                const __VALUE: ::core::time::Duration = TTL;
                __VALUE
            },
        );
        let __caches = ::two_tier_cache::__private::current();
        match ::two_tier_cache::__private::attempt(
            &__caches,
            &__FUNCTION,
            ::two_tier_cache::__private::Probe::<Result<T, Error>>::new()
                .__shape(&::two_tier_cache::__private::MessagePack),
            ::two_tier_cache::__private::Instance::new(
                ::core::any::type_name_of_val(&|| ()),
                &[],
                &[],
            ),
            |__key| {
                {
                    ::two_tier_cache::__private::part(__key, &id);
                }
            },
        ) {
            ::two_tier_cache::__private::Attempt::Hit(__value) => __value,
            ::two_tier_cache::__private::Attempt::Miss(__miss) => {
                __miss
                    .load(async move {
                        #[allow(unused_braces)]
                        let __output: Result<T, Error> = if false {
                            return ::two_tier_cache::__private::never::<
                                Result<T, Error>,
                            >();
                        } else {
                            { self.query(id).await }
                        };
                        #[allow(unreachable_code)] return __output;
                    })
                    .await
            }
        }
    }
}
#[allow(private_bounds, private_interfaces, unreachable_pub)]
impl<T: Table> Sql<T> {
    ///Invalidates what `find` caches for these arguments.
    ///
    ///It is under way when this returns. Its keys start with `row:`.
    #[allow(clippy::unused_self)]
    #[allow(
        clippy::missing_errors_doc,
        clippy::missing_panics_doc,
        clippy::needless_pass_by_value,
        clippy::too_many_arguments,
        clippy::used_underscore_binding,
        dead_code,
        unused_mut,
        unused_variables
    )]
    pub fn invalidate_find(
        &self,
        id: impl ::two_tier_cache::KeyArg<<Self as Repository>::Id>,
    ) -> ::two_tier_cache::Invalidate {
        let __caches = ::two_tier_cache::__private::current();
        ::two_tier_cache::__private::invalidate(
            &__caches,
            "row",
            ::core::time::Duration::ZERO,
            false,
            |__key| {
                {
                    ::two_tier_cache::__private::arg::<
                        <Self as Repository>::Id,
                    >(__key, &id);
                }
            },
        )
    }
}
