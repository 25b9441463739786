"""A simulated SATUSEHAT on loopback: token, orders, ImagingStudies and the DICOM store, with faults to order.

    with Simulator(profile={"reject_duplicates": True}) as platform:
        platform.add_order("CR2607000017", modality="DX")
        platform.add_fault("drop_after_commit", route="imagingstudy_create")
        …
        platform.wait_for(lambda: platform.instances(), deadline=10)
"""
from .simulator import Simulator

__all__ = ["Simulator"]
